/**
 * The GraphQL over Server-Sent Events protocol, distinct connections mode, sentence by sentence.
 * @see https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
 */
import { describe, expect, it } from "@jest/globals";
import { openGateway, readEvents, type TestGateway } from "../fixtures/gateway-client.ts";
import { shopGraph } from "../fixtures/shop-graph.ts";

const accept = { accept: "text/event-stream" };
const live = "subscription { reviewAdded { body } }";
const me = { data: { me: { id: "u1" } } };
const event = (body: string) => ({ id: "r7", body, rating: 2, author: { id: "u2" }, product: { id: "2" } });

const get = (gateway: TestGateway, parameters: Record<string, string>, method = "GET") =>
  fetch(`${gateway.url}/graphql?${new URLSearchParams(parameters).toString()}`, { method, headers: accept });

describe("the response", () => {
  it("is an event stream that nobody keeps or holds back", async () => {
    await using gateway = await openGateway(shopGraph());
    const response = await gateway.post('{"query":"{ me { id } }"}', accept);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
    });
    // No coding of the content is called "none".
    expect(response.headers.get("content-encoding")).toBeNull();
    await response.body?.cancel();
  });

  it("says next once and complete, with an empty data field for EventSource, each on a line of its own", async () => {
    await using gateway = await openGateway(shopGraph());
    const text = await (await gateway.post('{"query":"{ me { id } }"}', accept)).text();
    expect(text.replace(/^(:\n\n)+/, "")).toBe(
      `event: next\ndata: ${JSON.stringify(me)}\n\nevent: complete\ndata:\n\n`,
    );
  });

  it("has no line breaks of the data's own", async () => {
    const shop = shopGraph();
    shop.opinions.intercept = () => Promise.resolve({ data: { me: { id: "a\nb\r\n\nevent: complete\n\n" } } });
    await using gateway = await openGateway(shop);
    await using stream = await gateway.events("{ me { id } }");
    expect(await stream.next()).toEqual({
      event: "next",
      data: { data: { me: { id: "a\nb\r\n\nevent: complete\n\n" } } },
    });
    expect(await stream.next()).toEqual({ event: "complete", data: null });
  });

  it("is one for Accept headers that name other types, too", async () => {
    await using gateway = await openGateway(shopGraph());
    for (const other of ["text/event-stream, application/json;q=0.5", "*/*;q=0.1, text/event-stream;q=1"]) {
      const response = await gateway.post('{"query":"{ me { id } }"}', { accept: other });
      expect(response.headers.get("content-type")).toContain("text/event-stream");
      await response.body?.cancel();
    }
  });
});

describe("a request", () => {
  it("carries its parameters in a POST", async () => {
    await using gateway = await openGateway(shopGraph());
    const query = "query A { users { id } } query B($id: ID!) { user(id: $id) { name } }";
    const body = JSON.stringify({ query, operationName: "B", variables: { id: "u2" }, extensions: { a: 1 } });
    await using stream = readEvents(await gateway.post(body, accept));
    expect(await stream.next()).toEqual({ event: "next", data: { data: { user: { name: "Ben" } } } });
  });

  it("carries its parameters in a GET", async () => {
    await using gateway = await openGateway(shopGraph());
    const query = "query A { users { id } } query B($id: ID!) { user(id: $id) { name } }";
    const parameters = { query, operationName: "B", variables: '{"id":"u2"}', extensions: '{"a":1}' };
    await using stream = readEvents(await get(gateway, parameters));
    expect(await stream.next()).toEqual({ event: "next", data: { data: { user: { name: "Ben" } } } });
  });

  it("may have null for what it leaves out", async () => {
    await using gateway = await openGateway(shopGraph());
    const nothing = { operationName: null, variables: null, extensions: null };
    const body = JSON.stringify({ query: "{ me { id } }", ...nothing });
    await using stream = readEvents(await gateway.post(body, accept));
    expect(await stream.next()).toEqual({ event: "next", data: me });
  });

  it.each<[string, string]>([
    ["no JSON", "{"],
    ["no object", "[]"],
    ["nothing", ""],
    ["no query", "{}"],
    ["a query that is no text", '{"query":7}'],
    ["variables that are a list", '{"query":"{ me { id } }","variables":[]}'],
    ["an operation name that is no text", '{"query":"{ me { id } }","operationName":{}}'],
    ["extensions that are a text", '{"query":"{ me { id } }","extensions":"x"}'],
  ])("that is not well formed is refused with 400, without a stream: %s", async (_what, body) => {
    await using gateway = await openGateway(shopGraph());
    const response = await gateway.post(body, accept);
    expect(response.status).toBe(400);
    expect(response.headers.get("content-type")).toContain("application/json");
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "BAD_REQUEST" } }] });
  });

  it.each([{ variables: "7" }, { variables: "{" }, { extensions: "[" }])(
    "by GET that is not well formed is refused with 400: %j",
    async (parameters) => {
      await using gateway = await openGateway(shopGraph());
      const response = await get(gateway, { query: "{ me { id } }", ...(parameters as object) });
      expect(response.status).toBe(400);
    },
  );

  it.each(["PUT", "DELETE", "PATCH"])(
    "by %s makes no reservation: there is no single connection mode",
    async (method) => {
      await using gateway = await openGateway(shopGraph());
      const response = await get(gateway, { query: "{ me { id } }", operationId: "1", token: "t" }, method);
      expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, POST"]);
    },
  );

  it("with a token of the single connection mode is answered like any other", async () => {
    await using gateway = await openGateway(shopGraph());
    const headers = { ...accept, "x-graphql-event-stream-token": "t" };
    await using stream = readEvents(await gateway.post('{"query":"{ me { id } }"}', headers));
    expect(await stream.next()).toEqual({ event: "next", data: me });
  });

  it.each([
    "text/plain",
    "text/plain; application/json",
    "text/plain;charset=application/json",
    "multipart/form-data; boundary=application/json",
    "application/x-www-form-urlencoded; application/json",
    "application/jsonp",
    "",
  ])("by POST that any page may send is refused, so that none runs a mutation: %s", async (type) => {
    const shop = shopGraph();
    await using gateway = await openGateway(shop);
    const response = await fetch(`${gateway.url}/graphql`, {
      method: "POST",
      headers: { ...accept, ...(type !== "" && { "content-type": type }) },
      body: new Blob(['{"query":"mutation { addProduct(name: \\"x\\") { id } }"}']),
    });
    expect(response.status).toBe(415);
    expect(shop.log).toEqual([]);
  });

  it("that is a mutation cannot come by GET, whatever operation is the first", async () => {
    const shop = shopGraph();
    await using gateway = await openGateway(shop);
    const query = 'query A { me { id } } mutation B { addProduct(name: "x") { id } }';
    const response = await get(gateway, { query, operationName: "B" });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
    expect(shop.log).toEqual([]);
  });
});

describe("what fails before execution", () => {
  it.each([
    ["grammar", { query: "{ me" }, "GRAPHQL_PARSE_FAILED"],
    ["validation", { query: "{ nothing }" }, "GRAPHQL_VALIDATION_FAILED"],
    ["variables", { query: "query ($id: ID!) { user(id: $id) { id } }" }, "BAD_USER_INPUT"],
    ["the operation's name", { query: "query A { me { id } }", operationName: "B" }, "OPERATION_RESOLUTION_FAILURE"],
  ])("is a next event on an accepted stream: %s", async (_what, parameters, code) => {
    await using gateway = await openGateway(shopGraph());
    for (const response of [await gateway.post(JSON.stringify(parameters), accept), await get(gateway, parameters)]) {
      expect(response.status).toBe(200);
      await using stream = readEvents(response);
      const message = await stream.next();
      expect(message).toMatchObject({ event: "next", data: { errors: [{ extensions: { code } }] } });
      expect(message?.data).not.toHaveProperty("data");
      expect(await stream.next()).toEqual({ event: "complete", data: null });
      expect(await stream.next()).toBeUndefined();
    }
  });
});

describe("a streaming operation", () => {
  it("is next for each result, and complete at its source's end", async () => {
    const shop = shopGraph();
    await using gateway = await openGateway(shop);
    await using stream = await gateway.events(live);
    await shop.reviewAdded.untilSubscribers(1);
    for (const body of ["a", "b"]) {
      shop.reviewAdded.publish(event(body));
      expect(await stream.next()).toEqual({ event: "next", data: { data: { reviewAdded: { body } } } });
    }
    shop.reviewAdded.end();
    expect(await stream.next()).toEqual({ event: "complete", data: null });
    expect(await stream.next()).toBeUndefined();
  });

  it("is over when the client closes the connection, and others go on", async () => {
    const shop = shopGraph();
    await using gateway = await openGateway(shop);
    const first = await gateway.events(live);
    await using second = await gateway.events(live);
    await shop.reviewAdded.untilSubscribers(2);
    await first[Symbol.asyncDispose]();
    await shop.reviewAdded.untilSubscribers(1);
    shop.reviewAdded.publish(event("a"));
    expect(await second.next()).toMatchObject({ event: "next", data: { data: { reviewAdded: { body: "a" } } } });
  });
});
