/** The SSE door, from outside. */
import { describe, expect, it } from "@jest/globals";
import { decodeCursor } from "../../../schema/cursor.ts";
import { openGateway, readEvents } from "../fixtures/gateway-client.ts";
import { shopGraph } from "../fixtures/shop-graph.ts";
import { until, untilSteady } from "../fixtures/until.ts";

const live = "subscription { reviewAdded { body author { name } product { name } } }";
const event = (body: string) => ({ id: "r7", body, rating: 2, author: { id: "u2" }, product: { id: "2" } });

describe("a subscription over SSE", () => {
  it("completes each event with fields of other subgraphs, with a cursor if asked for", async () => {
    const shop = shopGraph();
    shop.opinions.cursor = { "events/0": 5 };
    await using gateway = await openGateway(shop);
    await using stream = await gateway.events(live, { extensions: { onefold: { cursor: true } } });
    expect(stream.response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    await shop.reviewAdded.untilSubscribers(1);
    for (const body of ["one", "two"]) {
      shop.reviewAdded.publish(event(body));
      const message = await stream.next();
      expect(message).toMatchObject({
        event: "next",
        data: { data: { reviewAdded: { body, author: { name: "Ben" }, product: { name: "Table" } } } },
      });
      expect(decodeCursor(String(message?.data?.extensions?.cursor))).toEqual({ "events/0": 5 });
    }
    shop.reviewAdded.end();
    expect(await stream.next()).toEqual({ event: "complete", data: null });
    expect(await stream.next()).toBeUndefined();
  });

  it("may be asked for by GET, as EventSource does", async () => {
    const shop = shopGraph();
    await using gateway = await openGateway(shop);
    const address = `${gateway.url}/graphql?query=${encodeURIComponent(live)}`;
    await using stream = readEvents(await fetch(address, { headers: { accept: "text/event-stream, */*" } }));
    await shop.reviewAdded.untilSubscribers(1);
    shop.reviewAdded.publish(event("one"));
    expect(await stream.next()).toMatchObject({ data: { data: { reviewAdded: { body: "one" } } } });
  });

  it("releases its source when the client goes", async () => {
    const shop = shopGraph();
    await using gateway = await openGateway(shop);
    const stream = await gateway.events(live);
    await shop.reviewAdded.untilSubscribers(1);
    await stream[Symbol.asyncDispose]();
    await shop.reviewAdded.untilSubscribers(0);
  });

  it("ends with the gateway", async () => {
    const shop = shopGraph();
    const gateway = await openGateway(shop);
    await using stream = await gateway.events(live);
    await shop.reviewAdded.untilSubscribers(1);
    const closed = gateway[Symbol.asyncDispose]();
    await shop.reviewAdded.untilSubscribers(0);
    expect(await stream.next().then((message) => message?.event)).toBe("complete");
    expect(await stream.next()).toBeUndefined();
    await closed;
  });

  it("pulls no more events than a client reads", async () => {
    const shop = shopGraph();
    let pulled = 0;
    const body = "x".repeat(256 * 1024);
    shop.opinions.subscribe = async function* () {
      for (; pulled < 2000; pulled += 1) yield await Promise.resolve({ data: { reviewAdded: { body } } });
    };
    await using gateway = await openGateway(shop);
    await using _stream = await gateway.events("subscription { reviewAdded { body } }");
    await until(() => pulled > 0);
    expect(await untilSteady(() => pulled, 2000)).toBeLessThan(200);
  });
});

describe("other operations over SSE", () => {
  it("answer queries and mutations as one event", async () => {
    await using gateway = await openGateway(shopGraph());
    await using query = await gateway.events("{ me { name } }");
    expect(await query.next()).toEqual({ event: "next", data: { data: { me: { name: "Ada" } } } });
    expect(await query.next()).toEqual({ event: "complete", data: null });
    await using mutation = await gateway.events('mutation { addProduct(name: "x") { name } }');
    expect(await mutation.next()).toEqual({ event: "next", data: { data: { addProduct: { name: "x" } } } });
  });

  it("take the cursor's header", async () => {
    await using gateway = await openGateway(shopGraph());
    await using stream = await gateway.events("{ me { id } }", { headers: { "onefold-cursor": "true" } });
    expect((await stream.next())?.data?.extensions?.cursor).toEqual(expect.any(String));
  });

  it.each([
    ["an unknown field", "{ nothing }", "GRAPHQL_VALIDATION_FAILED"],
    ["wrong grammar", "{ me", "GRAPHQL_PARSE_FAILED"],
    ["a missing variable", "query ($id: ID!) { user(id: $id) { id } }", "BAD_USER_INPUT"],
    [
      "a missing variable of a subscription",
      "subscription ($a: Boolean!) { reviewAdded { id @skip(if: $a) } }",
      "BAD_USER_INPUT",
    ],
    ["several operations", "query A { me { id } } query B { me { id } }", "OPERATION_RESOLUTION_FAILURE"],
  ])("say what is wrong with %s", async (_what, query, code) => {
    await using gateway = await openGateway(shopGraph());
    await using stream = await gateway.events(query);
    const message = await stream.next();
    expect(message).toMatchObject({ event: "next", data: { errors: [{ extensions: { code } }] } });
    expect(message?.data).not.toHaveProperty("data");
    expect(await stream.next()).toEqual({ event: "complete", data: null });
  });

  it("refuse mutations by GET, forms and bodies over the limit", async () => {
    const shop = shopGraph();
    await using gateway = await openGateway({ ...shop, options: { maxBodyBytes: 1000 } });
    const accept = { accept: "text/event-stream" };
    const mutation = encodeURIComponent('mutation { addProduct(name: "x") { id } }');
    expect((await fetch(`${gateway.url}/graphql?query=${mutation}`, { headers: accept })).status).toBe(405);
    expect((await gateway.post("{}", { ...accept, "content-type": "text/plain" })).status).toBe(415);
    expect((await gateway.post("x".repeat(2000), accept)).status).toBe(413);
    expect((await gateway.post("{", accept)).status).toBe(400);
    expect(shop.log).toEqual([]);
  });
});
