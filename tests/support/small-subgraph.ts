/** Small federation subgraphs over HTTP and WebSocket, as another house would have them: graphql-js, and nothing of ours. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { buildASTSchema, extendSchema, graphql, parse, type GraphQLSchema } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import { WebSocketServer } from "ws";

export type SmallSubgraphName = "people" | "posts";

export interface SmallSubgraph extends AsyncDisposable {
  readonly name: SmallSubgraphName;
  readonly url: string;
  readonly port: number;
  /** Queries that were asked over HTTP, in order; those for the SDL are left out. */
  readonly asked: readonly string[];
  /** Subscriptions that are open. */
  readonly streams: number;
  /** WebSockets that are open. */
  readonly sockets: number;
  /** What it says of itself from now on; it answers as before. Also set by a PUT of the text. */
  sdl: string;
}

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])\n';

/** Federation SDL by name. */
export const smallSdl: Readonly<Record<SmallSubgraphName, string>> = {
  people: `${link}
type Query {
  people: [Person!]!
  "Answers after so many milliseconds."
  late(ms: Int!): Int!
  "The header authorization of whoever asks."
  whoAsks: String
  same(n: Int!): Int!
}
type Person @key(fields: "id") { id: ID! name: String! born: Int }
`,
  posts: `${link}
type Query { posts: [Post!]! }
type Subscription {
  "One message each 100 ms, numbered from 0."
  ticks: Tick!
}
type Tick { n: Int! by: Person! }
type Post { id: ID! title: String! by: Person! }
type Person @key(fields: "id") { id: ID! posts: [Post!] }
`,
};

const people = Array.from({ length: 5 }, (_, index) => ({
  id: `p${index}`,
  name: `Person ${index}`,
  born: 1990 + index,
}));
const posts = people.flatMap(({ id }) =>
  [1, 2].map((nth) => ({ id: `${id}-${nth}`, title: `Post ${nth}`, by: { id } })),
);

interface Representation {
  readonly __typename: string;
  readonly id: string;
}

type Counted = { streams: number };

const roots: Readonly<Record<SmallSubgraphName, (counted: Counted) => object>> = {
  people: () => ({
    people: () => people,
    late: ({ ms }: { ms: number }) => sleep(ms, ms),
    whoAsks: (_args: object, headers: IncomingHttpHeaders) => headers.authorization ?? null,
    same: ({ n }: { n: number }) => n,
    _entities: ({ representations }: { representations: readonly Representation[] }) =>
      representations.map(({ __typename, id }) => ({ __typename, ...people.find((person) => person.id === id) })),
  }),
  posts: (counted) => ({
    posts: () => posts,
    ticks: () => tick(counted),
    _entities: ({ representations }: { representations: readonly Representation[] }) =>
      representations.map((of) => ({ ...of, posts: posts.filter(({ by }) => by.id === of.id) })),
  }),
};

async function* tick(counted: Counted): AsyncGenerator<object, void> {
  counted.streams++;
  try {
    for (let n = 0; ; n++) {
      yield { ticks: { n, by: { id: people[n % people.length]?.id } } };
      await sleep(100);
    }
  } finally {
    counted.streams--;
  }
}

function executable(name: SmallSubgraphName): GraphQLSchema {
  const machinery = `
    scalar _Any
    union _Entity = Person
    type _Service { sdl: String! }
    extend type Query { _service: _Service! _entities(representations: [_Any!]!): [_Entity]! }
  `;
  const assumeValid = { assumeValidSDL: true };
  return extendSchema(
    buildASTSchema(parse(smallSdl[name].slice(link.length)), assumeValid),
    parse(machinery),
    assumeValid,
  );
}

export async function serveSmallSubgraph(name: SmallSubgraphName, port = 0): Promise<SmallSubgraph> {
  const schema = executable(name);
  const counted: Counted = { streams: 0 };
  const asked: string[] = [];
  const rootValue = { ...roots[name](counted), _service: () => ({ sdl: subgraph.sdl }) };
  const server = createServer((request, response) => void answer(request, response));
  const sockets = new WebSocketServer({ server, path: "/graphql" });
  useServer({ schema, roots: { query: rootValue, subscription: rootValue } }, sockets);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString("utf8");
    if (request.method === "PUT") subgraph.sdl = text;
    if (request.method !== "POST")
      return void response.end(JSON.stringify({ asked: asked.length, streams: counted.streams }));
    const { query, variables } = JSON.parse(text) as { query: string; variables?: Record<string, unknown> };
    if (!query.includes("_service")) asked.push(query);
    const result = await graphql({
      ...{ schema, source: query, rootValue, variableValues: variables ?? {}, contextValue: request.headers },
    });
    response.setHeader("content-type", "application/graphql-response+json");
    response.end(JSON.stringify(result));
  }

  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const { port: got } = server.address() as AddressInfo;
  const subgraph: SmallSubgraph = {
    ...{ name, url: `http://127.0.0.1:${got}/graphql`, port: got, asked, sdl: smallSdl[name] },
    get streams() {
      return counted.streams;
    },
    get sockets() {
      return sockets.clients.size;
    },
    async [Symbol.asyncDispose]() {
      for (const client of sockets.clients) client.terminate();
      sockets.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return subgraph;
}
