/** A subgraph for tests of the server in front of it: it runs a small schema, and records and replaces answers. */
import { buildSchema, execute, validate, type DocumentNode } from "graphql";
import type { Subgraph, SubgraphRequest, SubgraphResult } from "../../../subgraphs/subgraph.ts";
import { createSubgraphServer } from "../../../subgraphs/server/create-subgraph-server.ts";
import type { SubgraphServerOptions } from "../../../subgraphs/server/subgraph-server-options.ts";

export interface StubSubgraph extends Subgraph {
  /** What it was asked, in order. */
  readonly requests: SubgraphRequest[];
  /** Replaces answers. */
  answer: ((request: SubgraphRequest) => Promise<SubgraphResult>) | undefined;
  /** What its subscriptions yield. */
  messages: (request: SubgraphRequest) => AsyncIterable<SubgraphResult>;
}

const sdl = `type Query { me: Me, fail: Int } type Me { name: String, friend: Me }
  type Mutation { rename(name: String!): Me } type Subscription { ticked: Int }`;
const me = { name: "Ada", friend: { name: "Ben" } };

export function stubSubgraph(name = "people"): StubSubgraph {
  const schema = buildSchema(sdl);
  const rootValue = { me, rename: ({ name: given }: { name: string }) => ({ name: given }) };
  const requests: SubgraphRequest[] = [];
  const run = async (request: SubgraphRequest): Promise<SubgraphResult> => {
    const { document, variables, operationName = null, context } = request;
    const code = { code: "INPUT_INVALID" };
    const invalid = validate(schema, document);
    if (invalid.length > 0) return { errors: invalid.map(({ message }) => ({ message, extensions: code })) };
    const result = await execute({ schema, document, rootValue, variableValues: variables, operationName });
    const errors = result.errors?.map((error) => ({ ...error.toJSON(), extensions: code }));
    return {
      ...(result.data === undefined ? {} : { data: result.data }),
      ...(errors === undefined ? {} : { errors }),
      ...(context.wantsCursor ? { cursor: { "events/0": 7 } } : {}),
    };
  };
  const subgraph: StubSubgraph = {
    ...{ name, sdl, schema, requests, readsHeaders: [], messageKind: { kind: "states" } },
    answer: undefined,
    async *messages() {},
    execute(request) {
      requests.push(request);
      return subgraph.answer?.(request) ?? run(request);
    },
    subscribe(request) {
      requests.push(request);
      return subgraph.messages(request);
    },
  };
  return subgraph;
}

export interface ServedStub extends AsyncDisposable {
  readonly subgraph: StubSubgraph;
  readonly port: number;
  /** Without a path. */
  readonly origin: string;
  /** Of the subgraph. */
  readonly url: string;
  readonly socketUrl: string;
  readonly logged: unknown[];
  close(): Promise<void>;
  post(body: unknown, headers?: Record<string, string>): Promise<Response>;
}

export async function serveStub(options: SubgraphServerOptions = {}, subgraph = stubSubgraph()): Promise<ServedStub> {
  const logged: unknown[] = [];
  const logger = { error: (details: object, message: string) => void logged.push([details, message]) };
  const server = await createSubgraphServer({ subgraphs: [subgraph], logger, options });
  const port = await server.listen({ port: 0 });
  const origin = `http://127.0.0.1:${port}`;
  const url = `${origin}/${subgraph.name}/graphql`;
  return {
    ...{ subgraph, port, origin, url, logged },
    socketUrl: url.replace("http", "ws"),
    close: () => server.close(),
    post: (body, headers = {}) =>
      fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

export function documentsOf({ requests }: StubSubgraph): readonly DocumentNode[] {
  return requests.map(({ document }) => document);
}

/** An operation with this many selection sets inside one another. */
export function nested(depth: number): string {
  return `{ me { ${"friend { ".repeat(depth - 2)} name ${"} ".repeat(depth - 2)} } }`;
}
