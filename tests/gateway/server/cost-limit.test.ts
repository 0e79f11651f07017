/** A limit on what operations cost, at every door. */
import { describe, expect, it } from "@jest/globals";
import type { GatewayOptions } from "../../../gateway/index.ts";
import { openGateway, type Answer, type TestGateway } from "../fixtures/gateway-client.ts";
import { inMemorySubgraph } from "../fixtures/in-memory-subgraph.ts";

function open(options: GatewayOptions) {
  const asked: string[] = [];
  const list = (name: string) => () => {
    asked.push(name);
    return [{ id: "1" }];
  };
  const subgraph = inMemorySubgraph({
    name: "things",
    sdl: `
      type Query { things(first: Int): [Thing] @listSize(slicingArguments: ["first"]) all: [Thing] }
      type Mutation { make: Thing }
      type Subscription { made: Thing @cost(weight: 50) }
      type Thing @key(fields: "id") @cost(weight: 2) { id: ID! }`,
    resolvers: {
      Query: { things: list("things"), all: list("all") },
      Mutation: { make: () => ({ id: asked.push("make") }) },
      // Never reached.
      Subscription: { made: () => asked.push("made") },
    },
  });
  return { asked, gateway: openGateway({ subgraphs: [subgraph], options }) };
}

/** The first answer that each door gives. */
async function atEveryDoor(gateway: TestGateway, query: string, isStream = false): Promise<(Answer | undefined)[]> {
  await using events = await gateway.events(query);
  const client = gateway.socketClient();
  const bySocket = (await client.iterate({ query }).next()).value as Answer;
  await client.dispose();
  const streamed = [(await events.next())?.data ?? undefined, bySocket];
  return isStream ? streamed : [await gateway.ask(query), ...streamed];
}

const refusal = (estimated: number) => ({
  errors: [
    {
      message: `The operation costs ${estimated} by estimate, and may cost 20 at most.`,
      extensions: { code: "COST_LIMIT", cost: { estimated, max: 20 } },
    },
  ],
});

describe("a limit on costs", () => {
  it.each([
    ["{ things(first: 11) { id } }", 22, false],
    ["{ all { id } things(first: 1) { id } }", 22, false],
    [
      "mutation { a: make { id } b: make { id } c: make { id } d: make { id } e: make { id } f: make { id } }",
      22,
      false,
    ],
    ["subscription { made { id } }", 50, true],
  ])("refuses %s with its cost at every door, and asks nobody", async (query, cost, isStream) => {
    const { asked, gateway: opening } = open({ maxCost: 20 });
    await using gateway = await opening;
    for (const answer of await atEveryDoor(gateway, query, isStream)) expect(answer).toEqual(refusal(cost));
    expect(asked).toEqual([]);
  });

  it("lets through what costs as much as it may", async () => {
    await using gateway = await open({ maxCost: 20 }).gateway;
    for (const answer of await atEveryDoor(gateway, "{ things(first: 10) { id } }")) {
      expect(answer).toEqual({ data: { things: [{ id: "1" }] } });
    }
  });

  it("goes by the variables of each request", async () => {
    await using gateway = await open({ maxCost: 20 }).gateway;
    const query = "query ($n: Int) { things(first: $n) { id } }";
    for (const [n, isGood] of [
      [1, true],
      [100, false],
      [2, true],
      [11, false],
    ] as const) {
      expect("data" in (await gateway.ask(query, { n }))).toBe(isGood);
    }
  });

  it("answers a refusal with 400", async () => {
    await using gateway = await open({ maxCost: 20 }).gateway;
    for (const accept of ["application/json", "application/graphql-response+json"]) {
      const response = await gateway.post('{"query":"{ things(first: 11) { id } }"}', { accept });
      expect([response.status, await response.json()]).toEqual([400, refusal(22)]);
    }
  });

  it("refuses a field without its slicing argument, and does not where there is no limit", async () => {
    await using limited = await open({ maxCost: 20 }).gateway;
    expect(await limited.ask("{ things { id } }")).toMatchObject({ errors: [{ extensions: { code: "COST_LIMIT" } }] });
    await using free = await open({}).gateway;
    expect(await free.ask("{ things { id } }")).toEqual({ data: { things: [{ id: "1" }] } });
  });

  it.each([
    ["without a limit", {}, { estimated: 8 }],
    ["beside a limit", { maxCost: 20 }, { estimated: 8, max: 20 }],
    ["with lists taken for another length", { assumedListSize: 3 }, { estimated: 8 }],
  ])("tells the cost to who asks, %s", async (_claim, options, cost) => {
    await using gateway = await open(options).gateway;
    const headers = { "onefold-cost": "true" };
    const data = { things: [{ id: "1" }] };
    expect(await gateway.ask("{ things(first: 4) { id } }", {}, { headers })).toEqual({ data, extensions: { cost } });
    expect(await gateway.ask("{ things(first: 4) { id } }")).toEqual({ data });
    await using events = await gateway.events("{ things(first: 4) { id } }", { headers });
    expect((await events.next())?.data).toEqual({ data, extensions: { cost } });
    const all = await gateway.ask("{ all { id } }", {}, { headers });
    expect(all.extensions).toMatchObject({ cost: { estimated: "assumedListSize" in options ? 6 : 20 } });
  });

  it("tells only who asks, also of queries that are run once for several", async () => {
    await using gateway = await open({ shareQueries: true }).gateway;
    const query = "{ all { id } }";
    const headers = [{}, { "onefold-cost": "true" }, {}];
    const answers = await Promise.all(headers.map((each) => gateway.ask(query, {}, { headers: each })));
    expect(answers.map((answer) => "extensions" in answer)).toEqual([false, true, false]);
  });
});
