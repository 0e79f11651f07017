/**
 * The GraphQL over WebSocket protocol (graphql-transport-ws), sentence by sentence.
 * @see https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
 */
import { describe, expect, it } from "@jest/globals";
import WebSocket from "ws";
import { openGateway } from "../fixtures/gateway-client.ts";
import { openAcknowledged, openRawSocket } from "../fixtures/raw-socket.ts";
import { shopGraph } from "../fixtures/shop-graph.ts";
import { until } from "../fixtures/until.ts";
import type { SubgraphResult } from "../../../gateway/index.ts";

const subscribe = (id: string, query: string, rest: object = {}) => ({
  id,
  type: "subscribe",
  payload: { query, ...rest },
});
const live = "subscription { reviewAdded { body } }";
const me = { data: { me: { id: "u1" } } };
const event = (body: string) => ({ id: "r7", body, rating: 2, author: { id: "u2" }, product: { id: "2" } });

/** A shop whose subgraph answers when the test says so. */
function slowShop() {
  const shop = shopGraph();
  const asked: { readonly signal: AbortSignal | undefined; answer(result: SubgraphResult): void }[] = [];
  shop.opinions.intercept = ({ signal }) => new Promise((answer) => asked.push({ signal, answer }));
  return { shop, asked };
}

describe("the socket", () => {
  it("closes with 4406 for a client that does not offer the subprotocol", async () => {
    await using gateway = await openGateway(shopGraph());
    const raw = await openRawSocket(gateway.socketUrl, { protocol: null });
    expect(await raw.closed).toEqual([4406, "Subprotocol not acceptable"]);
  });

  it("does not accept another subprotocol", async () => {
    await using gateway = await openGateway(shopGraph());
    const socket = new WebSocket(gateway.socketUrl, "graphql-ws");
    const error = await new Promise<Error>((resolve) => socket.once("error", resolve));
    expect(error.message).toContain("subprotocol");
  });

  it("chooses the subprotocol among several", async () => {
    await using gateway = await openGateway(shopGraph());
    const socket = new WebSocket(gateway.socketUrl, ["graphql-ws", "graphql-transport-ws"]);
    await new Promise((resolve) => socket.once("open", resolve));
    expect(socket.protocol).toBe("graphql-transport-ws");
    socket.terminate();
  });
});

describe("connection_init", () => {
  it.each([{}, { payload: null }, { payload: { token: "x" } }])("is acknowledged: %j", async (rest) => {
    await using gateway = await openGateway(shopGraph());
    await using raw = await openRawSocket(gateway.socketUrl);
    raw.send({ type: "connection_init", ...rest });
    expect(await raw.next()).toEqual({ type: "connection_ack" });
  });

  it("must come in time: 4408", async () => {
    await using gateway = await openGateway(shopGraph());
    const raw = await openRawSocket(gateway.socketUrl);
    expect(await raw.closed).toEqual([4408, "Connection initialisation timeout"]);
  });

  it("must come once: 4429", async () => {
    await using gateway = await openGateway(shopGraph());
    const raw = await openAcknowledged(gateway.socketUrl);
    raw.send({ type: "connection_init" });
    expect(await raw.closed).toEqual([4429, "Too many initialisation requests"]);
  });

  it("must come before operations: 4401", async () => {
    const shop = shopGraph();
    await using gateway = await openGateway(shop);
    const raw = await openRawSocket(gateway.socketUrl);
    raw.send(subscribe("1", "{ me { id } }"));
    expect(await raw.closed).toEqual([4401, "Unauthorized"]);
    expect(shop.opinions.requests).toEqual([]);
  });
});

describe("ping and pong", () => {
  it("answers a ping at any time, with its payload", async () => {
    await using gateway = await openGateway(shopGraph());
    await using raw = await openRawSocket(gateway.socketUrl);
    raw.send({ type: "ping" }, { type: "connection_init" }, { type: "ping", payload: { at: 7 } });
    expect([await raw.next(), await raw.next(), await raw.next()]).toEqual([
      { type: "pong" },
      { type: "connection_ack" },
      { type: "pong", payload: { at: 7 } },
    ]);
  });

  it("takes a pong that it did not ask for", async () => {
    await using gateway = await openGateway(shopGraph());
    await using raw = await openAcknowledged(gateway.socketUrl);
    raw.send({ type: "pong", payload: { beat: 1 } }, { type: "ping" });
    expect(await raw.next()).toEqual({ type: "pong" });
  });
});

describe("a single result operation", () => {
  it("is answered by next and complete", async () => {
    await using gateway = await openGateway(shopGraph());
    await using raw = await openAcknowledged(gateway.socketUrl);
    const rest = { operationName: null, variables: null, extensions: null };
    raw.send(subscribe("1", "{ me { id } }", rest));
    expect([await raw.next(), await raw.next()]).toEqual([
      { id: "1", type: "next", payload: me },
      { id: "1", type: "complete" },
    ]);
    raw.send(subscribe("2", 'mutation { rename(id: "u1", name: "z") { name } }'));
    expect(await raw.next()).toMatchObject({ id: "2", type: "next" });
  });

  it("is answered by error alone if it is not valid, and its id is free", async () => {
    await using gateway = await openGateway(shopGraph());
    await using raw = await openAcknowledged(gateway.socketUrl);
    for (const [query, rest, code] of [
      ["{ me", {}, "GRAPHQL_PARSE_FAILED"],
      ["{ nothing }", {}, "GRAPHQL_VALIDATION_FAILED"],
      ["query A { me { id } }", { operationName: "B" }, "OPERATION_RESOLUTION_FAILURE"],
      ["query A { me { id } } query B { me { id } }", {}, "OPERATION_RESOLUTION_FAILURE"],
    ] as const) {
      raw.send(subscribe("1", query, rest));
      expect(await raw.next()).toMatchObject({ id: "1", type: "error", payload: [{ extensions: { code } }] });
    }
    raw.send(subscribe("1", "{ me { id } }"));
    expect(await raw.next()).toEqual({ id: "1", type: "next", payload: me });
  });

  it("is not answered once the client has completed it, and no longer read", async () => {
    const { shop, asked } = slowShop();
    await using gateway = await openGateway({ ...shop, options: { fetchTimeoutMs: 120_000 } });
    await using raw = await openAcknowledged(gateway.socketUrl);
    raw.send(subscribe("1", "{ me { id } }"));
    await until(() => asked.length === 1);
    raw.send({ id: "1", type: "complete" });
    await until(() => asked[0]?.signal?.aborted === true);
    asked[0]?.answer(me);
    raw.send({ type: "ping" });
    expect(await raw.next()).toEqual({ type: "pong" });
  });

  it("runs beside others, each answered under its own id", async () => {
    const { shop, asked } = slowShop();
    await using gateway = await openGateway({ ...shop, options: { fetchTimeoutMs: 120_000 } });
    await using raw = await openAcknowledged(gateway.socketUrl);
    raw.send(subscribe("slow", "{ me { id } }"));
    await until(() => asked.length === 1);
    raw.send(subscribe("fast", "{ users { id } }"));
    expect(await raw.next()).toMatchObject({ id: "fast", type: "next" });
    expect(await raw.next()).toEqual({ id: "fast", type: "complete" });
    asked[0]?.answer(me);
    expect(await raw.next()).toEqual({ id: "slow", type: "next", payload: me });
  });
});

describe("an id", () => {
  it.each(["1", "é".repeat(300)])("must be unique among the operations that run: 4409", async (id) => {
    const shop = shopGraph();
    await using gateway = await openGateway(shop);
    const raw = await openAcknowledged(gateway.socketUrl);
    raw.send(subscribe(id, live));
    await shop.reviewAdded.untilSubscribers(1);
    raw.send(subscribe(id, "{ me { id } }"));
    const [code, reason] = await raw.closed;
    expect(code).toBe(4409);
    expect(`Subscriber for ${id} already exists`.startsWith(reason)).toBe(true);
    await shop.reviewAdded.untilSubscribers(0);
  });

  it("may be used again when its operation is over", async () => {
    await using gateway = await openGateway(shopGraph());
    await using raw = await openAcknowledged(gateway.socketUrl);
    for (let times = 0; times < 3; times += 1) {
      raw.send(subscribe("1", "{ me { id } }"));
      expect(await raw.next()).toEqual({ id: "1", type: "next", payload: me });
      expect(await raw.next()).toEqual({ id: "1", type: "complete" });
    }
  });

  it("may be used again at once when the client has completed a subscription", async () => {
    const shop = shopGraph();
    await using gateway = await openGateway(shop);
    await using raw = await openAcknowledged(gateway.socketUrl);
    raw.send(subscribe("1", live));
    await shop.reviewAdded.untilSubscribers(1);
    raw.send({ id: "1", type: "complete" }, subscribe("1", "subscription { reviewAdded { rating } }"));
    await until(() => shop.opinions.requests.length === 2);
    await shop.reviewAdded.untilSubscribers(1);
    shop.reviewAdded.publish(event("x"));
    expect(await raw.next()).toEqual({ id: "1", type: "next", payload: { data: { reviewAdded: { rating: 2 } } } });
  });

  it("may be used again at once when the client has completed a query, whose answer does not come", async () => {
    const { shop, asked } = slowShop();
    await using gateway = await openGateway({ ...shop, options: { fetchTimeoutMs: 120_000 } });
    await using raw = await openAcknowledged(gateway.socketUrl);
    raw.send(subscribe("1", "{ me { id } }"));
    await until(() => asked.length === 1);
    raw.send({ id: "1", type: "complete" }, subscribe("1", "{ users { id } }"));
    await until(() => asked[0]?.signal?.aborted === true);
    asked[0]?.answer(me);
    expect(await raw.next()).toMatchObject({ id: "1", type: "next", payload: { data: { users: [{}, {}, {}] } } });
    expect(await raw.next()).toEqual({ id: "1", type: "complete" });
    raw.send({ type: "ping" });
    expect(await raw.next()).toEqual({ type: "pong" });
  });

  it("whose next operation is completed before it began is free", async () => {
    const { shop, asked } = slowShop();
    await using gateway = await openGateway({ ...shop, options: { fetchTimeoutMs: 120_000 } });
    await using raw = await openAcknowledged(gateway.socketUrl);
    raw.send(subscribe("1", "{ me { id } }"));
    await until(() => asked.length === 1);
    const complete = { id: "1", type: "complete" };
    raw.send(complete, subscribe("1", "{ users { name } }"), complete, subscribe("1", "{ users { id } }"));
    await until(() => asked[0]?.signal?.aborted === true);
    asked[0]?.answer(me);
    expect(await raw.next()).toMatchObject({ type: "next", payload: { data: { users: [{ id: "u1" }, {}, {}] } } });
  });

  it("may be any text", async () => {
    await using gateway = await openGateway(shopGraph());
    await using raw = await openAcknowledged(gateway.socketUrl);
    const id = 'a "quoted"\\ id, \n\u2028 é \ud83d\ude80 \ud800';
    raw.send(subscribe(id, "{ me { id } }"));
    expect([await raw.next(), await raw.next()]).toEqual([
      { id, type: "next", payload: me },
      { id, type: "complete" },
    ]);
  });

  it("that nobody knows may be completed", async () => {
    await using gateway = await openGateway(shopGraph());
    await using raw = await openAcknowledged(gateway.socketUrl);
    raw.send({ id: "unknown", type: "complete" }, { type: "ping" });
    expect(await raw.next()).toEqual({ type: "pong" });
  });
});

describe("an invalid message closes the socket with 4400", () => {
  const subscribing = (payload: unknown) => ({ id: "1", type: "subscribe", payload });
  const deep = `{"type":"ping","payload":{"a":${"[".repeat(20_000)}${"]".repeat(20_000)}}}`;
  it.each<[string, unknown]>([
    ["no JSON", "{"],
    ["no object", "7"],
    ["null", "null"],
    ["a list", "[]"],
    ["no type", {}],
    ["a type that is no text", { type: 7 }],
    ["an unknown type", { type: "start", id: "1" }],
    ["a server's connection_ack", { type: "connection_ack" }],
    ["a server's next", { type: "next", id: "1", payload: me }],
    ["a server's error", { type: "error", id: "1", payload: [{ message: "x" }] }],
    ["a ping whose payload is no object", { type: "ping", payload: 7 }],
    ["a ping too deep to be answered", deep],
    ["subscribe without id", { type: "subscribe", payload: { query: "{ me { id } }" } }],
    ["subscribe with an empty id", { id: "", type: "subscribe", payload: { query: "{ me { id } }" } }],
    ["subscribe with a number for id", { id: 1, type: "subscribe", payload: { query: "{ me { id } }" } }],
    ["complete without id", { type: "complete" }],
    ["no payload", { id: "1", type: "subscribe" }],
    ["no query", subscribing({})],
    ["a query that is no text", subscribing({ query: 7 })],
    ["variables that are a list", subscribing({ query: "{ me { id } }", variables: [] })],
    ["an operation name that is no text", subscribing({ query: "{ me { id } }", operationName: 7 })],
    ["extensions that are a text", subscribing({ query: "{ me { id } }", extensions: "x" })],
  ])("%s", async (_what, message) => {
    await using gateway = await openGateway(shopGraph());
    await using neighbour = await openAcknowledged(gateway.socketUrl);
    const raw = await openAcknowledged(gateway.socketUrl);
    raw.send(message);
    expect(await raw.closed).toEqual([4400, "Invalid message received"]);
    neighbour.send(subscribe("1", "{ me { id } }"));
    expect(await neighbour.next()).toEqual({ id: "1", type: "next", payload: me });
  });
});
