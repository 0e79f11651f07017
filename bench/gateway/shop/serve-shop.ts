/**
 * A process of its own that serves all four subgraphs of the shop over HTTP, each at `/<name>`, and tells its parent the
 * port. An answer is computed once for each request text and then sent as it was written, so that what is measured is the
 * gateway in front. Requests that differ in a number above all counts of the data have one answer.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { execute, parse, type DocumentNode, type GraphQLSchema } from "graphql";
import { commonText } from "./shop-queries.ts";
import { shopSubgraphs } from "./shop-subgraphs.ts";

/** Answers that are kept for each subgraph; when there are so many, keeping begins anew. */
const MAX_ANSWERS = 20_000;

interface SubgraphBody {
  readonly query: string;
  readonly operationName?: string | null;
  readonly variables?: Readonly<Record<string, unknown>> | null;
}

const answerers = new Map(shopSubgraphs.map(({ name, schema }) => [`/${name}`, createAnswerer(schema)]));

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const answer = answerers.get(request.url ?? "");
  void readText(request).then(async (text) => {
    const body = answer === undefined ? undefined : await answer(text);
    response.writeHead(body === undefined ? 404 : 200, {
      "content-type": "application/json",
      "content-length": body?.length ?? 0,
    });
    response.end(body);
  });
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
process.send?.({ port: (server.address() as AddressInfo).port });
process.on("disconnect", () => process.exit());

function createAnswerer(schema: GraphQLSchema): (body: string) => Buffer | Promise<Buffer> {
  const answers = new Map<string, Buffer>();
  const documents = new Map<string, DocumentNode>();
  return (text) => {
    const body = commonText(text);
    return answers.get(body) ?? compute(body);
  };

  async function compute(body: string): Promise<Buffer> {
    const { query, operationName, variables } = JSON.parse(body) as SubgraphBody;
    const document = documents.get(query) ?? parse(query, { noLocation: true });
    if (documents.size < MAX_ANSWERS) documents.set(query, document);
    const result = await execute({ schema, document, operationName, variableValues: variables });
    const answer = Buffer.from(JSON.stringify(result));
    if (answers.size >= MAX_ANSWERS) answers.clear();
    answers.set(body, answer);
    return answer;
  }
}

function readText(request: IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    request.on("end", () => resolve(text));
  });
}
