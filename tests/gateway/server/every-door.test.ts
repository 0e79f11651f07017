/** What every door refuses alike: in bounded time, by a GraphQL error, and with no harm to whoever is beside. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { openGateway, readEvents, type Answer, type TestGateway } from "../fixtures/gateway-client.ts";
import { inMemorySubgraph } from "../fixtures/in-memory-subgraph.ts";
import { openAcknowledged } from "../fixtures/raw-socket.ts";

/** A graph in which everything can be nested. */
const nestable = () =>
  inMemorySubgraph({
    name: "nest",
    sdl: `
      scalar Json
      input Box { in: Box list: [Box] }
      interface Thing { id: ID! next: Thing }
      type Query { thing: Thing box(box: Box): Int json(value: Json): Int a: Int }
      type Mutation { box(box: Box): Int }
      type Knot implements Thing @shareable { id: ID! next: Thing }
      type Rope implements Thing @shareable { id: ID! next: Thing }
    `,
    resolvers: { Query: { a: () => 1, box: () => 2, json: () => 3, thing: () => ({ __typename: "Knot", id: "k" }) } },
  });

interface Request {
  readonly query: string;
  readonly variables?: unknown;
}

interface Door {
  /** Asks once; the body is what would be sent, as text, so that it can be more than JavaScript can write. */
  ask(gateway: TestGateway, body: string): Promise<Answer>;
}

const post = async (gateway: TestGateway, body: string): Promise<Answer> => {
  const response = await gateway.post(body, { accept: "application/graphql-response+json" });
  expect(response.status).toBeLessThan(500);
  return (await response.json()) as Answer;
};

const get = async (gateway: TestGateway, body: string): Promise<Answer> => {
  const { query, variables } = JSON.parse(body) as Request;
  const search = new URLSearchParams({ query });
  if (variables !== undefined) search.set("variables", body.slice(body.indexOf('"variables":') + 12, -1));
  const response = await fetch(`${gateway.url}/graphql?${search.toString()}`);
  expect(response.status).toBeLessThan(500);
  return response.headers.get("content-type")?.includes("json") === true
    ? ((await response.json()) as Answer)
    : { errors: [{ message: `The server's own limit of a URL: ${response.status}` }] };
};

const events = async (gateway: TestGateway, body: string): Promise<Answer> => {
  const response = await gateway.post(body, { accept: "text/event-stream" });
  expect(response.status).toBe(200);
  await using stream = readEvents(response);
  return (await stream.next())?.data ?? {};
};

const socket = async (gateway: TestGateway, body: string): Promise<Answer> => {
  await using raw = await openAcknowledged(gateway.socketUrl);
  raw.send(`{"id":"1","type":"subscribe","payload":${body}}`, {
    id: "beside",
    type: "subscribe",
    payload: { query: "{ a }" },
  });
  const answers = new Map<string | undefined, Answer>();
  while (answers.size < 2) {
    const message = await raw.next();
    if (message === undefined) throw new Error("The socket was closed.");
    if (message.type === "next") answers.set(message.id, message.payload as Answer);
    if (message.type === "error") answers.set(message.id, { errors: message.payload as Answer["errors"] & object });
  }
  expect(answers.get("beside")).toEqual({ data: { a: 1 } });
  return answers.get("1") ?? {};
};

const doors: Readonly<Record<string, Door>> = {
  POST: { ask: post },
  GET: { ask: get },
  SSE: { ask: events },
  WebSocket: { ask: socket },
};

const nested = (levels: number, open: string, core: string, close: string) =>
  open.repeat(levels) + core + close.repeat(levels);
const document = (query: string) => JSON.stringify({ query });
const withVariables = (query: string, variables: string) =>
  `{"query":${JSON.stringify(query)},"variables":${variables}}`;
const spread = (count: number, body: string) =>
  `{ thing { ${Array.from({ length: count }, (_, i) => `...F${i}`).join(" ")} } } ` +
  Array.from({ length: count }, (_, i) => `fragment F${i} on Thing { ${body} }`).join(" ");
const boxes = "query ($box: Box) { box(box: $box) }";
const values = "query ($value: Json) { json(value: $value) }";

const hostile: readonly (readonly [string, string])[] = [
  ["selections deep below one another", document(`{ thing ${nested(60, "{ next ", "{ id }", "}")} }`)],
  ["selections beyond the parser's stack", document(`{ thing ${nested(6_000, "{ next ", "{ id }", "}")}`)],
  [
    "type conditions beyond what can be planned",
    document(`{ thing { ${nested(30, "... on Knot { next { ", "id", "} }")} } }`),
  ],
  ["fragments without a type", document(`{ ${nested(6_000, "... { ", "a", "}")} }`)],
  ["objects as values", document(`{ box(box: ${nested(3_000, "{ in: ", "{}", "}")}) }`)],
  ["lists as values", document(`{ json(value: ${nested(7_000, "[", "", "]")}) }`)],
  ["types of variables", document(`query ($v: ${nested(7_000, "[", "Int", "]")}) { a }`)],
  ["tokens", document(`{ ${"a ".repeat(16_000)} }`)],
  ["fields by repetition", document(`{ ${"thing { id } ".repeat(3_700)} }`)],
  ["fields by fragments", document(spread(1_600, "id"))],
  [
    "fields by fragments that double",
    document(
      `{ thing { ...G0 } } ${Array.from({ length: 30 }, (_, i) => `fragment G${i} on Thing { ...G${i + 1} next { ...G${i + 1} } }`).join(" ")} fragment G30 on Thing { id }`,
    ),
  ],
  ["fragments in a circle", document("{ thing { ...A } } fragment A on Thing { ...B } fragment B on Thing { ...A }")],
  ["unknown fields", document(`{ ${Array.from({ length: 7_000 }, (_, i) => `x${i}`).join(" ")} }`)],
  ["unused variables", document(`query (${Array.from({ length: 3_000 }, (_, i) => `$v${i}: Int`).join(" ")}) { a }`)],
  ["directives by repetition", document(`{ a ${"@include(if: true) ".repeat(2_000)} }`)],
  ["a name without end", document(`{ ${"x".repeat(500_000)} }`)],
  ["a text without end", document(`{ json(value: "${"x".repeat(500_000)} }`)],
  ["characters that are none", document("{ a \u0000 \uD800 }")],
  ["variables of objects inside one another", withVariables(boxes, `{"box":${nested(60_000, '{"in":', "{}", "}")}}`)],
  ["variables of lists inside one another", withVariables(values, `{"value":${nested(200_000, "[", "", "]")}}`)],
  ["variables that are wrong many times", withVariables(boxes, `{"box":{"list":[${"7,".repeat(50_000)}7]}}`)],
];

describe.each(Object.entries(doors))("the door %s", (_name, { ask }) => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await openGateway({ subgraphs: [nestable()] });
  });
  afterAll(async () => gateway[Symbol.asyncDispose]());

  it.each(hostile)("refuses %s", async (_what, body) => {
    const answer = await ask(gateway, body);
    expect(answer.errors?.length).toBeGreaterThan(0);
    expect(answer.errors?.length).toBeLessThanOrEqual(101);
    expect(answer.data ?? null).toBeNull();
    for (const { extensions } of answer.errors ?? []) {
      expect(["INTERNAL", "PLAN_FAILED", "INTERNAL_SERVER_ERROR"]).not.toContain(extensions?.["code"]);
    }
    expect(await gateway.ask("{ a }")).toEqual({ data: { a: 1 } });
  });

  it("takes what is just within the limits", async () => {
    const deep = document(`{ thing ${nested(48, "{ next ", "{ id }", "}")} }`);
    expect(await ask(gateway, deep)).toEqual({ data: { thing: { next: null } } });
    const variables = withVariables(values, `{"value":${nested(150, "[", "", "]")}}`);
    expect(await ask(gateway, variables)).toEqual({ data: { json: 3 } });
  });
});
