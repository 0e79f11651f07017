/** The body of a request to a subgraph, put together from texts that are JSON already. */
import type { SubgraphRequest } from "../subgraph-transport.ts";
import { documentText } from "./document-text.ts";

/** `{ "query", "operationName"?, "variables", "extensions"? }` */
export function operationBody({
  document,
  operationName,
  variables,
  variablesText,
  context,
}: Pick<SubgraphRequest, "document" | "operationName" | "variables" | "variablesText" | "context">): string {
  const name = operationName === undefined ? "" : `,"operationName":${JSON.stringify(operationName)}`;
  const extensions = context.wantsCursor ? ',"extensions":{"onefold":{"wantsCursor":true}}' : "";
  return `{"query":${documentText(document).json}${name},"variables":${variablesText ?? JSON.stringify(variables)}${extensions}}`;
}
