/** Equal subscriptions are one for the subgraphs; to its client, each is its own. */
import { describe, expect, it } from "@jest/globals";
import { composeSubgraphs } from "../../../gateway/compose.ts";
import { silentLogger } from "../../../gateway/gateway-logger.ts";
import { createGeneration } from "../../../gateway/generation.ts";
import { openGateway as openServing } from "../../../gateway/server/create-gateway.ts";
import { gatewaySettings, type GatewayOptions } from "../../../gateway/server/gateway-options.ts";
import { ServingGraph } from "../../../gateway/serving-graph.ts";
import type { MessageKind } from "../../../gateway/subgraph-transport.ts";
import { openGateway } from "../fixtures/gateway-client.ts";
import { asWho, guardedSubgraph, whoHook, type Who } from "../fixtures/guarded-graph.ts";
import { openAcknowledged, type RawSocket } from "../fixtures/raw-socket.ts";
import { sharedShop } from "../fixtures/shop-graph.ts";
import { createTopic } from "../fixtures/topic.ts";
import { until, untilSteady } from "../fixtures/until.ts";

const live = "subscription { reviewAdded { body author { name } } }";
const states: MessageKind = { kind: "states" };
const event = (body: string) => ({ id: "r7", body, rating: 2, author: { id: "u2" }, product: { id: "2" } });
const payloadOf = (body: string) => ({ data: { reviewAdded: { body, author: { name: "Ben" } } } });
const next = (id: string, body: string) => ({ id, type: "next", payload: payloadOf(body) });

function subscribe(raw: RawSocket, id = "1", query = live, rest: object = {}): void {
  raw.send({ id, type: "subscribe", payload: { query, ...rest } });
}

/** A shop and its gateway, and how often the subgraph has been subscribed to. */
async function openShop({ kind, options }: { kind?: MessageKind; options?: GatewayOptions } = {}) {
  const shop = sharedShop(kind);
  const gateway = await openGateway({ subgraphs: shop.subgraphs, options: { shareSubscriptions: true, ...options } });
  const opened = () =>
    shop.opinions.requests.filter(({ document }) => JSON.stringify(document).includes("reviewAdded"));
  const open = (headers: Record<string, string> = {}) => openAcknowledged(gateway.socketUrl, headers);
  /** Resolves when all that this client has sent is taken: what is to be subscribed, is. */
  const taken = async (raw: RawSocket): Promise<void> => {
    raw.send({ type: "ping" });
    expect(await raw.next()).toEqual({ type: "pong" });
    await new Promise(setImmediate);
  };
  return {
    ...{ shop, opened, open, taken },
    publish: (body: string) => shop.reviewAdded.publish(event(body)),
    reads: () => shop.people.requests.length,
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}

describe.each<[string, MessageKind | undefined]>([
  ["events", undefined],
  ["states", states],
])("equal subscriptions to %s", (_what, kind) => {
  it("are one upstream, whose messages are read and written once and sent under each client's id", async () => {
    await using shop = await openShop({ ...(kind && { kind }) });
    await using a = await shop.open();
    await using b = await shop.open();
    subscribe(a, "x");
    subscribe(a, "y", "subscription Named {\n  reviewAdded { body, author { name } } }", { operationName: "Named" });
    subscribe(b, "x");
    await shop.shop.reviewAdded.untilSubscribers(1);
    await shop.taken(b);
    shop.publish("one");
    expect(await a.next()).toEqual(next("x", "one"));
    expect(await a.next()).toEqual(next("y", "one"));
    expect(await b.next()).toEqual(next("x", "one"));
    expect([shop.opened().length, shop.reads()]).toEqual([1, 1]);
  });

  it("give a client nothing from before it joined, and all that comes after", async () => {
    await using shop = await openShop({ ...(kind && { kind }) });
    await using first = await shop.open();
    await using late = await shop.open();
    subscribe(first);
    await shop.shop.reviewAdded.untilSubscribers(1);
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    shop.shop.people.intercept = (request) => {
      shop.shop.people.intercept = undefined;
      return held.then(() => shop.shop.people.execute(request));
    };
    shop.publish("before");
    await until(() => shop.reads() === 1);
    // It joins while a message is being made that is of an event before.
    subscribe(late);
    await shop.taken(late);
    release();
    expect(await first.next()).toEqual(next("1", "before"));
    shop.publish("after");
    expect(await first.next()).toEqual(next("1", "after"));
    expect(await late.next()).toEqual(next("1", "after"));
    expect(shop.opened()).toHaveLength(1);
  });

  it("end upstream with the last client, however it leaves, and begin anew with the next", async () => {
    await using shop = await openShop({ ...(kind && { kind }) });
    const [a, b] = [await shop.open(), await shop.open()];
    for (const raw of [a, b]) subscribe(raw);
    await shop.shop.reviewAdded.untilSubscribers(1);
    await shop.taken(b);
    a.send({ id: "1", type: "complete" });
    await shop.taken(a);
    shop.publish("one");
    expect(await b.next()).toEqual(next("1", "one"));
    b.socket.terminate();
    await shop.shop.reviewAdded.untilSubscribers(0);
    subscribe(a);
    await shop.shop.reviewAdded.untilSubscribers(1);
    shop.publish("two");
    expect(await a.next()).toEqual(next("1", "two"));
    expect(shop.opened()).toHaveLength(2);
    await a[Symbol.asyncDispose]();
  });

  it("complete for each client when the source ends, and one that comes then has a source of its own", async () => {
    await using shop = await openShop({ ...(kind && { kind }) });
    await using a = await shop.open();
    await using b = await shop.open();
    for (const raw of [a, b]) subscribe(raw);
    await shop.shop.reviewAdded.untilSubscribers(1);
    await shop.taken(b);
    shop.publish("last");
    shop.shop.reviewAdded.end();
    for (const raw of [a, b]) {
      expect(await raw.next()).toEqual(next("1", "last"));
      expect(await raw.next()).toEqual({ id: "1", type: "complete" });
    }
    subscribe(a);
    await shop.shop.reviewAdded.untilSubscribers(1);
    shop.publish("new");
    expect(await a.next()).toEqual(next("1", "new"));
  });

  it("tell each client of a failure, with the id of its own request", async () => {
    await using shop = await openShop({ ...(kind && { kind }) });
    const topic = createTopic<never>();
    shop.shop.opinions.subscribe = async function* () {
      yield* topic.subscribe();
      throw new Error("10.0.0.7 is gone");
    };
    await using a = await shop.open({ "x-request-id": "a" });
    await using b = await shop.open({ "x-request-id": "b" });
    for (const raw of [a, b]) subscribe(raw);
    await topic.untilSubscribers(1);
    await shop.taken(b);
    topic.end();
    for (const [raw, requestId] of [
      [a, "a"],
      [b, "b"],
    ] as const) {
      const errors = [{ message: "Something inside the gateway failed.", extensions: { code: "INTERNAL", requestId } }];
      expect(await raw.next()).toEqual({ id: "1", type: "next", payload: { errors } });
      expect(await raw.next()).toEqual({ id: "1", type: "complete" });
    }
  });
});

describe("subscriptions", () => {
  it.each<[string, { readonly query?: string; readonly rest?: object; readonly headers?: Record<string, string> }]>([
    ["another selection", { query: "subscription { reviewAdded { author { name } body } }" }],
    ["another operation", { query: "subscription { reviewAdded { body } }" }],
    ["other conditions", { rest: { variables: { with: false, first: 1 } } }],
    ["other variables", { rest: { variables: { with: true, first: 2 } } }],
    ["a wish for cursors", { rest: { extensions: { onefold: { cursor: true } } } }],
    ["a header that a subgraph reads", { headers: { "x-tenant": "b" } }],
  ])("are apart with %s", async (_what, { query, rest, headers }) => {
    await using shop = await openShop();
    await using a = await shop.open();
    await using b = await shop.open(headers);
    const withVariables = `subscription ($with: Boolean!, $first: Int!) {
      reviewAdded { product { reviews(first: $first) { id } } author @include(if: $with) { name } }
    }`;
    const own = rest !== undefined && "variables" in rest ? withVariables : live;
    const variables = { with: true, first: 1 };
    subscribe(a, "1", own, { variables });
    subscribe(b, "1", query ?? own, rest ?? { variables });
    await shop.shop.reviewAdded.untilSubscribers(2);
    expect(shop.opened()).toHaveLength(2);
  });

  it("are one for clients with other headers, which no subgraph reads", async () => {
    await using shop = await openShop();
    await using a = await shop.open({ "x-tenant": "a", cookie: "a" });
    await using b = await shop.open({ "x-tenant": "a", cookie: "b" });
    for (const raw of [a, b]) subscribe(raw);
    await shop.shop.reviewAdded.untilSubscribers(1);
    await shop.taken(b);
    expect(shop.opened()).toHaveLength(1);
  });

  it.each<[string, Parameters<typeof openShop>[0] & { readonly without?: "readsHeaders" | "messageKind" }]>([
    ["where that is not wanted, as by default", { options: { shareSubscriptions: false } }],
    ["where a subgraph may read any header", { without: "readsHeaders" }],
    ["where the subgraph does not say what its messages tell", { without: "messageKind" }],
  ])("are each client's own %s", async (_where, { without, ...how }) => {
    const shop = sharedShop();
    const { opinions } = shop;
    if (without !== undefined) Object.assign(opinions, { [without]: undefined });
    await using gateway = await openGateway({ subgraphs: shop.subgraphs, ...how });
    await using a = await openAcknowledged(gateway.socketUrl);
    await using b = await openAcknowledged(gateway.socketUrl);
    for (const raw of [a, b]) subscribe(raw);
    await shop.reviewAdded.untilSubscribers(2);
    shop.reviewAdded.publish(event("one"));
    for (const raw of [a, b]) expect(await raw.next()).toEqual(next("1", "one"));
  });

  it("are apart by the claims that subgraphs are told, and end with each client's credentials", async () => {
    const shop = sharedShop();
    Object.assign(shop.people, { readsClaims: ["sub"] });
    await using gateway = await openGateway({
      subgraphs: shop.subgraphs,
      options: {
        authorize: ({ headers }) => ({
          claims: { sub: headers["x-sub"] },
          ...(headers["x-short"] !== undefined && { expiresAt: Date.now() + 300 }),
        }),
      },
    });
    await using a = await openAcknowledged(gateway.socketUrl, { "x-sub": "a", "x-short": "1" });
    await using same = await openAcknowledged(gateway.socketUrl, { "x-sub": "a" });
    await using other = await openAcknowledged(gateway.socketUrl, { "x-sub": "b" });
    for (const raw of [a, same, other]) subscribe(raw);
    await shop.reviewAdded.untilSubscribers(2);
    expect(await a.next()).toMatchObject({ payload: { errors: [{ extensions: { code: "UNAUTHENTICATED" } }] } });
    expect(await a.next()).toEqual({ id: "1", type: "complete" });
    shop.reviewAdded.publish(event("one"));
    for (const raw of [same, other]) expect(await raw.next()).toEqual(next("1", "one"));
  });
});

describe("clients who may have different fields", () => {
  it("do not share a subscription; those who may have the same do", async () => {
    const topic = createTopic<{ noted: { text: string; secret: string } }>();
    const notes = guardedSubgraph({
      name: "notes",
      sdl: `
        type Query { ready: Boolean }
        type Subscription { noted: Note! }
        type Note { text: String! secret: String @requiresScopes(scopes: [["secrets"]]) }
      `,
      resolvers: { Subscription: { noted: () => topic.subscribe() } },
    });
    Object.assign(notes, { readsHeaders: [], messageKind: states });
    await using gateway = await openGateway({
      subgraphs: [notes],
      options: { shareSubscriptions: true, authorize: whoHook },
    });
    const open = (who: Who) => openAcknowledged(gateway.socketUrl, asWho(who));
    await using stranger = await open({});
    await using knower = await open({ claims: { sub: "a" }, scopes: ["secrets"] });
    await using other = await open({ claims: { sub: "b" }, scopes: ["more", "secrets"] });
    for (const raw of [stranger, knower, other]) subscribe(raw, "1", "subscription { noted { text secret } }");
    await topic.untilSubscribers(2);
    other.send({ type: "ping" });
    expect(await other.next()).toEqual({ type: "pong" });
    topic.publish({ text: "t", secret: "s" } as never);
    for (const raw of [knower, other]) {
      expect(await raw.next()).toMatchObject({ payload: { data: { noted: { text: "t", secret: "s" } } } });
    }
    expect(await stranger.next()).toMatchObject({
      payload: { data: { noted: { text: "t", secret: null } }, errors: [{}] },
    });
    expect(notes.requests).toHaveLength(2);
  });
});

describe("a graph that is replaced", () => {
  it("keeps its subscriptions, and who comes later joins none of them", async () => {
    const shop = sharedShop();
    const settings = gatewaySettings(undefined);
    const { subgraphs } = shop;
    const supergraphSdl = composeSubgraphs(subgraphs);
    const generate = () => createGeneration({ ...settings, supergraphSdl, subgraphs, logger: silentLogger });
    const [before, after] = [await generate(), await generate()];
    const graph = new ServingGraph(before);
    await using gateway = await openServing(graph, settings, silentLogger);
    const url = `ws://127.0.0.1:${String(await gateway.listen({ port: 0 }))}/graphql`;
    await using early = await openAcknowledged(url);
    await using late = await openAcknowledged(url);
    subscribe(early);
    await shop.reviewAdded.untilSubscribers(1);
    graph.swap(after);
    subscribe(late);
    await shop.reviewAdded.untilSubscribers(2);
    shop.reviewAdded.publish(event("one"));
    for (const raw of [early, late]) expect(await raw.next()).toEqual(next("1", "one"));
    for (const generation of [before, after]) generation.close();
  });
});

describe("a client that does not read", () => {
  const big = "x".repeat(256 * 1024);

  /** A source that gives as many large messages as are asked for. */
  async function openFlood(kind: MessageKind) {
    const shop = await openShop({ kind });
    const topic = createTopic<{ readonly at: number }>();
    shop.shop.opinions.subscribe = async function* () {
      for await (const { at } of topic.subscribe()) yield { data: { reviewAdded: { body: `${String(at)} ${big}` } } };
    };
    return { shop, topic };
  }
  const query = "subscription { reviewAdded { body } }";
  const at = (message: unknown): number =>
    Number.parseInt(
      (message as { payload: { data: { reviewAdded: { body: string } } } }).payload.data.reviewAdded.body,
    );

  it("gets the newest state when it reads again; another has all meanwhile", async () => {
    const { shop, topic } = await openFlood(states);
    await using _shop = shop;
    await using slow = await shop.open();
    await using fast = await shop.open();
    for (const raw of [slow, fast]) subscribe(raw, "1", query);
    await topic.untilSubscribers(1);
    await shop.taken(fast);
    slow.socket.pause();
    const count = 200;
    for (let i = 1; i <= count; i++) {
      topic.publish({ at: i });
      expect(at(await fast.next())).toBe(i);
    }
    slow.socket.resume();
    const got: number[] = [];
    while (got.at(-1) !== count) got.push(at(await slow.next()));
    // What had left before, in order, and then the newest.
    expect(got.length).toBeLessThan(count);
    expect(got).toEqual([...got].sort((a, b) => a - b));
    expect(new Set(got).size).toBe(got.length);
  });

  it("is told that it is too slow where each event counts, and the others go on", async () => {
    const { shop, topic } = await openFlood({ kind: "events", maxQueuedMessages: 5, maxQueuedBytes: 1e9 });
    await using _shop = shop;
    await using slow = await shop.open();
    await using fast = await shop.open();
    for (const raw of [slow, fast]) subscribe(raw, "1", query);
    await topic.untilSubscribers(1);
    await shop.taken(fast);
    slow.socket.pause();
    const count = 200;
    for (let i = 1; i <= count; i++) {
      topic.publish({ at: i });
      expect(at(await fast.next())).toBe(i);
    }
    slow.socket.resume();
    let expected = 1;
    for (;;) {
      const message = await slow.next();
      if (message?.type === "complete") break;
      const { errors } = message?.payload as { errors?: unknown };
      if (errors === undefined) expect(at(message)).toBe(expected++);
      else expect(errors).toMatchObject([{ extensions: { code: "SUBSCRIBER_TOO_SLOW", subgraph: "opinions" } }]);
    }
    expect(expected).toBeLessThan(count);
    topic.publish({ at: count + 1 });
    expect(at(await fast.next())).toBe(count + 1);
  });

  it("pulls no more states than are read, if it is the only one", async () => {
    const shop = await openShop({ kind: states });
    await using _shop = shop;
    let pulled = 0;
    shop.shop.opinions.subscribe = async function* () {
      for (; pulled < 2000; pulled += 1) yield await Promise.resolve({ data: { reviewAdded: { body: big } } });
    };
    await using slow = await shop.open();
    slow.socket.pause();
    subscribe(slow, "1", query);
    await until(() => pulled > 0);
    expect(await untilSteady(() => pulled, 2000)).toBeLessThan(200);
  });
});
