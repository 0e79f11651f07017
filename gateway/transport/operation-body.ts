/** The body of a request to a subgraph, put together from texts that are JSON already. */
import type { SubgraphRequest } from "../subgraph-transport.ts";
import { documentText } from "./document-text.ts";

/** `{ "query", "operationName"?, "variables", "extensions"? }` */
export function operationBody(request: SubgraphRequest): string {
  const { document, operationName, variablesText, context } = request;
  const name = operationName === undefined ? "" : `,"operationName":${JSON.stringify(operationName)}`;
  // Where their text is there, the variables are not even looked at: that may be what makes them.
  const variables = variablesText ?? JSON.stringify(request.variables);
  const extensions = context.wantsCursor ? ',"extensions":{"onefold":{"wantsCursor":true}}' : "";
  return `{"query":${documentText(document).json}${name},"variables":${variables}${extensions}}`;
}
