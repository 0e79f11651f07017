/** The same domains in this process and over HTTP, each over an engine of its own: the same requests, the same answers. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { exampleQueries } from "../../../cli/instance/example-queries.ts";
import { composeSubgraphs } from "../../../gateway/index.ts";
import { partitionKey } from "../../../schema/cursor.ts";
import { socketMessages, type Answer } from "../fixtures/gateway-client.ts";
import { openRemotely, openSampleGraph, type SampleGraph } from "../fixtures/sample-graph.ts";

const cursorWanted = { extensions: { onefold: { cursor: true } } };

/** What fills the graphs: each publishes one event, in this order. */
const published = [
  'publishMemberRegistered(event: { memberId: "u1", city: " Basel ", channel: web, ts: "2017-11-25T08:00:00Z" })',
  'publishShopOpened(event: { shopId: "s1", name: "Oak", ts: "2017-11-25T08:00:00Z" })',
  'publishItemListed(event: { itemId: "i1", shopId: "s1", title: "Chair", price: "12.50", ts: "2017-11-25T08:00:00Z" })',
  'publishItemListed(event: { itemId: "i2", shopId: "s1", title: "Table", price: "90.00", ts: "2017-11-25T08:00:00Z" })',
  'publishUserBehavior(event: { userId: "u1", itemId: "i1", behavior: pv, ts: "2017-11-26T11:10:00Z" })',
  'publishUserBehavior(event: { userId: "u1", itemId: "i2", behavior: buy, ts: "2017-11-26T11:20:00Z" })',
  'publishUserBehavior(event: { userId: "u2", itemId: "i1", behavior: pv, deviceId: "d1", ts: "2017-11-26T11:30:00Z" })',
  'publishOrderPlaced(event: { memberId: "u1", itemId: "i2", shopId: "s1", quantity: 1, amount: "90.00" })',
  'publishContentPublished(event: { contentId: "c1", kind: VIDEO, title: "How to sit", authorId: "u2", itemId: "i1" })',
  'publishEngagement(event: { memberId: "u1", contentId: "c1", action: view, seconds: 30 })',
  // Refused: by a rule, and by the type of an input.
  'publishUserBehavior(event: { userId: "no id", itemId: "i1", behavior: pv })',
  'publishOrderPlaced(event: { memberId: "u1", itemId: "i2", shopId: "s1", quantity: 1, amount: "lots" })',
].map((field) => `mutation { ${field} { cursor eventId } }`);

const behavior = (id: string): string =>
  `mutation { publishUserBehavior(event: { userId: "u1", itemId: "i1", behavior: cart, eventId: "${id}" }) { eventId } }`;

const queries = [
  '{ consumer(id: "u1") { id city registeredAt views purchases lastBehavior buyingIntent orders spent contentViews } }',
  '{ consumer(id: "device:d1") { id views } never: consumer(id: "nobody") { id } }',
  '{ consumer(id: "u1") { recent(first: 1) { edges { cursor node { behavior ts item { title shop { name } } } } pageInfo { hasNextPage endCursor } } } }',
  '{ consumer(id: "u1") { activity(every: HOUR, from: "2017-11-26T00:00:00Z") { bucket views purchases } } }',
  '{ item(id: "i1") { title price shop { id revenue } latestContent { __typename title author { id views } ... on Video { secondsWatched } } } }',
  '{ shop(id: "s1") { id name } a: item(id: "i1") { views shop { name } } b: item(id: "i2") { title features } }',
  "query ($id: ID!) { consumer(id: $id) { id likes } }",
  // Errors with places: of an argument deep inside, of a root field, and of a variable.
  '{ consumer(id: "u1") { views activity(every: HOUR, from: "2017-11-26T12:00:00Z", to: "2017-11-26T08:00:00Z") { views } } }',
  '{ consumer(id: "") { id } item(id: "i1") { title } }',
  '{ consumer(id: "u1") { recent(first: 1000) { edges { cursor } } orders } }',
  '{ consumer(id: "u1") { recent(first: 1, after: "bent") { edges { cursor } } orders } }',
];

describe("the same domains in-process and remote", () => {
  let graphs: readonly [inProcess: SampleGraph, remote: SampleGraph];

  beforeAll(async () => {
    graphs = [await openSampleGraph("in-process"), await openSampleGraph("remote")];
  });
  afterAll(async () => {
    for (const graph of graphs) await graph[Symbol.asyncDispose]();
  });

  const askBoth = async (query: string, variables: object = {}): Promise<[Answer, Answer]> => {
    const [here, there] = graphs;
    return [
      await here.gateway.ask(query, variables, cursorWanted),
      await there.gateway.ask(query, variables, cursorWanted),
    ];
  };

  it("answer mutations alike: with cursors, and with refusals", async () => {
    const codes: unknown[] = [];
    for (const mutation of published) {
      const [here, there] = await askBoth(mutation);
      expect(there).toEqual(here);
      codes.push(here.errors?.[0]?.extensions?.["code"]);
    }
    expect(codes).toEqual([...published.slice(2).map(() => undefined), "INPUT_INVALID", expect.any(String)]);
    for (const { engine } of graphs) {
      const ends: Record<string, number> = {};
      for (const { topic } of engine.platform.sources) {
        for (const { partition, end } of await engine.log.ranges(topic)) ends[partitionKey(topic, partition)] = end;
      }
      expect(await engine.waitFor(ends, "all", 10_000)).toBe(true);
    }
  });

  it("answer queries alike: data, errors with their paths and codes, and cursors", async () => {
    const examples = exampleQueries(graphs[0].engine.platform).map(({ query }) => query);
    const readable = [...queries, ...examples.filter((query) => query.startsWith("query"))];
    let withErrors = 0;
    for (const query of readable) {
      const [here, there] = await askBoth(query, { id: "u1" });
      expect(there).toEqual(here);
      expect(here.extensions?.cursor ?? here.errors).toBeDefined();
      if (here.errors !== undefined) withErrors += 1;
    }
    expect(withErrors).toBe(4);
  });

  it("answer without a cursor if none is asked for", async () => {
    const answers = await Promise.all(graphs.map(({ gateway }) => gateway.ask(queries[0] ?? "")));
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[1]).not.toHaveProperty("extensions");
  });

  it("send the same messages, each with its cursor", async () => {
    const query =
      'subscription { consumerChanged(id: "u1") { id views carts orders recent(first: 1) { edges { node { item { title } } } } } }';
    const seen = await Promise.all(
      graphs.map(async ({ gateway }) => {
        const client = gateway.socketClient();
        const messages = socketMessages(client, { query, extensions: { onefold: { cursor: true } } });
        const received: Answer[] = [];
        // A subscription starts some time after it was asked for: the first message says that it has.
        const first = messages.next();
        let isHeard = false;
        void first.then(() => (isHeard = true));
        let count = 0;
        while (!isHeard) await gateway.ask(behavior(`b${count++}`));
        // From here on, one event is one message.
        let last = (await first).value as Answer;
        while (cartsOf(last) < count) last = (await messages.next()).value as Answer;
        for (let i = 0; i < 3; i++) {
          await gateway.ask(behavior(`c${i}`));
          received.push((await messages.next()).value as Answer);
        }
        await client.dispose();
        return { received, base: count };
      }),
    );
    for (const { received, base } of seen) {
      expect(received.map((message) => cartsOf(message) - base)).toEqual([1, 2, 3]);
      expect(received.every(({ errors, extensions }) => errors === undefined && extensions?.cursor !== undefined)).toBe(
        true,
      );
    }
    const shape = ({ data }: Answer): object => ({ ...(data as Changed).consumerChanged, carts: 0 });
    expect(seen[1]?.received.map(shape)).toEqual(seen[0]?.received.map(shape));
  });

  it("refuse a subscription alike", async () => {
    const answers = await Promise.all(
      graphs.map(async ({ gateway }) => {
        const client = gateway.socketClient();
        const messages = socketMessages(client, { query: 'subscription { consumerChanged(id: "") { id } }' });
        const all: Answer[] = [];
        for await (const message of messages) all.push(message);
        await client.dispose();
        return all;
      }),
    );
    expect(answers[0]).toMatchObject([{ errors: [{ extensions: { code: "INPUT_INVALID" } }] }]);
    expect(answers[1]).toEqual(answers[0]);
  });

  it("compose to the same supergraph", async () => {
    await using served = await openRemotely(graphs[0].subgraphs);
    expect(composeSubgraphs(served.remotes)).toBe(composeSubgraphs(graphs[0].subgraphs));
  });
});

interface Changed {
  readonly consumerChanged: { readonly carts: number };
}

function cartsOf({ data }: Answer): number {
  return (data as Changed).consumerChanged.carts;
}
