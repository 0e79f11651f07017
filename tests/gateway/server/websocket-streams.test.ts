/**
 * Streaming operations in the GraphQL over WebSocket protocol, sentence by sentence.
 * @see https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
 */
import { describe, expect, it } from "@jest/globals";
import { openGateway } from "../fixtures/gateway-client.ts";
import { openAcknowledged } from "../fixtures/raw-socket.ts";
import { sharedShop, shopGraph } from "../fixtures/shop-graph.ts";
import { createTopic } from "../fixtures/topic.ts";

const subscribe = (id: string, query: string) => ({ id, type: "subscribe", payload: { query } });
const live = "subscription { reviewAdded { body } }";
const event = (body: string) => ({ id: "r7", body, rating: 2, author: { id: "u2" }, product: { id: "2" } });

/** Each client has its own subscription to the subgraph, or equal ones have one. */
const ways: readonly (readonly [string, () => ReturnType<typeof shopGraph>])[] = [
  ["of its own", shopGraph],
  ["shared", sharedShop],
];

describe.each(ways)("a streaming operation, %s", (_way, openShop) => {
  it("is answered by next for each result, and by complete at its source's end", async () => {
    const shop = openShop();
    await using gateway = await openGateway(shop);
    await using raw = await openAcknowledged(gateway.socketUrl);
    raw.send(subscribe("1", live));
    await shop.reviewAdded.untilSubscribers(1);
    shop.reviewAdded.publish(event("a"));
    shop.reviewAdded.publish(event("b"));
    for (const body of ["a", "b"]) {
      expect(await raw.next()).toEqual({ id: "1", type: "next", payload: { data: { reviewAdded: { body } } } });
    }
    shop.reviewAdded.end();
    expect(await raw.next()).toEqual({ id: "1", type: "complete" });
  });

  it("is over when the client completes it, and the server does not say so again", async () => {
    const shop = openShop();
    await using gateway = await openGateway(shop);
    await using raw = await openAcknowledged(gateway.socketUrl);
    raw.send(subscribe("1", live));
    await shop.reviewAdded.untilSubscribers(1);
    raw.send({ id: "1", type: "complete" });
    await shop.reviewAdded.untilSubscribers(0);
    shop.reviewAdded.publish(event("late"));
    raw.send({ type: "ping" });
    expect(await raw.next()).toEqual({ type: "pong" });
  });

  it("may be completed by both at once", async () => {
    const shop = openShop();
    await using gateway = await openGateway(shop);
    await using raw = await openAcknowledged(gateway.socketUrl);
    raw.send(subscribe("1", live));
    await shop.reviewAdded.untilSubscribers(1);
    shop.reviewAdded.end();
    expect(await raw.next()).toEqual({ id: "1", type: "complete" });
    raw.send({ id: "1", type: "complete" }, { type: "ping" });
    expect(await raw.next()).toEqual({ type: "pong" });
  });

  it("ends in its order: what was sent before its source's end comes before complete", async () => {
    const shop = openShop();
    await using gateway = await openGateway(shop);
    await using raw = await openAcknowledged(gateway.socketUrl);
    raw.send(subscribe("1", live));
    await shop.reviewAdded.untilSubscribers(1);
    for (const body of ["a", "b", "c"]) shop.reviewAdded.publish(event(body));
    shop.reviewAdded.end();
    const types: unknown[] = [];
    for (let message = await raw.next(); message !== undefined; message = await raw.next()) {
      types.push(message.payload === undefined ? message.type : message.payload);
      if (message.type === "complete") break;
    }
    expect(types).toEqual([...["a", "b", "c"].map((body) => ({ data: { reviewAdded: { body } } })), "complete"]);
  });

  it("is answered by next with the error if its source fails, and by complete", async () => {
    const shop = openShop();
    const topic = createTopic<never>();
    shop.opinions.subscribe = async function* () {
      yield* topic.subscribe();
      throw new Error("10.0.0.7 is gone");
    };
    await using gateway = await openGateway(shop);
    await using raw = await openAcknowledged(gateway.socketUrl);
    raw.send(subscribe("1", live));
    await topic.untilSubscribers(1);
    topic.end();
    const message = "Something inside the gateway failed.";
    const payload = { errors: [{ message, extensions: { code: "INTERNAL", requestId: expect.any(String) } }] };
    expect(await raw.next()).toEqual({ id: "1", type: "next", payload });
    expect(await raw.next()).toEqual({ id: "1", type: "complete" });
  });
});
