/** The HTTP door, from outside. */
import { request as httpRequest } from "node:http";
import { describe, expect, it } from "@jest/globals";
import { decodeCursor } from "../../../schema/cursor.ts";
import { openGateway } from "../fixtures/gateway-client.ts";
import { shopGraph } from "../fixtures/shop-graph.ts";
import { until } from "../fixtures/until.ts";

describe("POST /graphql", () => {
  it("answers in the media type that the client prefers", async () => {
    await using gateway = await openGateway(shopGraph());
    const accept = { accept: "application/graphql-response+json" };
    const response = await gateway.post('{"query":"{ me { id } }"}', accept);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/graphql-response+json; charset=utf-8");
    expect(response.headers.get("x-request-id")).toMatch(/^[\w-]{36}$/);
  });

  it.each([
    ["malformed JSON", '{"query":', 400],
    ["no query", "{}", 400],
    ["JSON that is no object", '"{ me { id } }"', 400],
    ["a query that is no text", '{"query":7}', 400],
    ["wrong grammar", '{"query":"{ me "}', 400],
    ["an unknown field", '{"query":"{ nothing }"}', 400],
    ["an unknown operation", '{"query":"query A { me { id } }","operationName":"B"}', 400],
    ["several operations and no name", '{"query":"query A { me { id } } query B { me { id } }"}', 400],
  ])("refuses %s", async (_what, body, status) => {
    await using gateway = await openGateway(shopGraph());
    const response = await gateway.post(body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ errors: [{ message: expect.any(String) }] });
  });

  it("refuses a body over the limit with 413, whether or not it says its length", async () => {
    await using gateway = await openGateway({ ...shopGraph(), options: { maxBodyBytes: 1000 } });
    const big = JSON.stringify({ query: `{ me { id } } # ${"x".repeat(2000)}` });
    expect((await gateway.post(big)).status).toBe(413);
    const stream = new Blob([big]).stream();
    const init = { method: "POST", headers: { "content-type": "application/json" }, body: stream, duplex: "half" };
    expect((await fetch(`${gateway.url}/graphql`, init as RequestInit)).status).toBe(413);
    expect(await gateway.ask("{ me { id } }")).toEqual({ data: { me: { id: "u1" } } });
  });

  it("refuses bytes that are not UTF-8", async () => {
    await using gateway = await openGateway(shopGraph());
    const body = Buffer.concat([
      Buffer.from('{"query":"{ me { id } } #'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}'),
    ]);
    const init = { method: "POST", headers: { "content-type": "application/json" }, body };
    expect((await fetch(`${gateway.url}/graphql`, init)).status).toBe(400);
  });

  it("tells a subscriber without a stream what to do", async () => {
    await using gateway = await openGateway(shopGraph());
    const response = await gateway.post('{"query":"subscription { reviewAdded { id } }"}');
    expect(response.status).toBe(406);
    expect(await response.json()).toMatchObject({
      errors: [{ message: expect.stringContaining("text/event-stream"), extensions: { code: "BAD_REQUEST" } }],
    });
  });

  it("gives up reading subgraphs when the client has gone", async () => {
    const shop = shopGraph();
    let signal: AbortSignal | undefined;
    shop.opinions.intercept = (request) => {
      signal = request.signal;
      return new Promise(() => {});
    };
    await using gateway = await openGateway(shop);
    const gone = new AbortController();
    const init = { method: "POST", headers: { "content-type": "application/json" }, signal: gone.signal };
    const asked = fetch(`${gateway.url}/graphql`, { ...init, body: '{"query":"{ me { id } }"}' });
    await until(() => signal !== undefined);
    gone.abort();
    await expect(asked).rejects.toThrow();
    await until(() => signal?.aborted === true);
  });

  it("takes over a client's request id, and the subgraphs see it and the headers", async () => {
    const shop = shopGraph();
    await using gateway = await openGateway(shop);
    const response = await gateway.post('{"query":"{ me { id } }"}', { "x-request-id": "abc-1", "x-tenant": "t" });
    expect(response.headers.get("x-request-id")).toBe("abc-1");
    expect(shop.opinions.requests[0]?.context).toMatchObject({ requestId: "abc-1", headers: { "x-tenant": "t" } });
  });
});

describe("GET /graphql", () => {
  it("runs queries, and refuses mutations", async () => {
    await using gateway = await openGateway(shopGraph());
    const get = (query: string) =>
      fetch(`${gateway.url}/graphql?query=${encodeURIComponent(query)}`, {
        headers: { "apollo-require-preflight": "true" },
      });
    expect(await (await get("{ me { id } }")).json()).toEqual({ data: { me: { id: "u1" } } });
    expect((await get('mutation { addProduct(name: "x") { id } }')).status).toBe(405);
  });

  it("refuses other methods", async () => {
    await using gateway = await openGateway(shopGraph());
    const response = await fetch(`${gateway.url}/graphql`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    expect(response.status).toBe(405);
  });
});

describe("cross-site requests", () => {
  it.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])(
    "cannot run operations as %s",
    async (type) => {
      const shop = shopGraph();
      await using gateway = await openGateway(shop);
      const response = await gateway.post('{"query":"mutation { addProduct(name: \\"x\\") { id } }"}', {
        "content-type": type,
      });
      expect(response.status).toBe(400);
      expect(shop.log).toEqual([]);
    },
  );

  it("cannot run queries by a simple GET", async () => {
    const shop = shopGraph();
    await using gateway = await openGateway(shop);
    const response = await fetch(`${gateway.url}/graphql?query=%7Bme%7Bid%7D%7D`);
    expect(response.status).toBe(400);
    expect(shop.opinions.requests).toEqual([]);
  });
});

describe("the cursor over HTTP", () => {
  const withCursors = () => {
    const shop = shopGraph();
    shop.catalog.cursor = { "events/0": 7, "events/1": 3 };
    shop.opinions.cursor = { "events/0": 5, "orders/0": 9 };
    return shop;
  };

  it("is what all reads together include, asked for in the request's extensions", async () => {
    await using gateway = await openGateway(withCursors());
    const extra = { extensions: { onefold: { cursor: true } } };
    const { extensions } = await gateway.ask("{ products { reviews { id } } }", {}, extra);
    expect(decodeCursor(String(extensions?.cursor))).toEqual({ "events/0": 5, "events/1": 3, "orders/0": 9 });
  });

  it("is answered to the header, for mutations too", async () => {
    await using gateway = await openGateway(withCursors());
    const extra = { headers: { "onefold-cursor": "true" } };
    const { extensions } = await gateway.ask('mutation { addProduct(name: "x") { id } }', {}, extra);
    expect(decodeCursor(String(extensions?.cursor))).toEqual({ "events/0": 7, "events/1": 3 });
  });

  it("is not read or sent unasked", async () => {
    const shop = withCursors();
    await using gateway = await openGateway(shop);
    expect(await gateway.ask("{ me { id } }")).toEqual({ data: { me: { id: "u1" } } });
    expect(shop.opinions.requests[0]?.context.wantsCursor).toBe(false);
  });

  it("is refused no matter how oddly it is asked for", async () => {
    await using gateway = await openGateway(withCursors());
    for (const extensions of [{ onefold: null }, { onefold: 7 }, { onefold: { cursor: "true" } }]) {
      expect(await gateway.ask("{ me { id } }", {}, { extensions })).toEqual({ data: { me: { id: "u1" } } });
    }
  });
});

describe("a broken connection", () => {
  it("in the middle of a body harms nobody", async () => {
    await using gateway = await openGateway(shopGraph());
    await new Promise<void>((resolve) => {
      const headers = { "content-type": "application/json", "content-length": "100" };
      const request = httpRequest(`${gateway.url}/graphql`, { method: "POST", headers });
      request.on("error", () => resolve());
      request.write('{"query":', () => request.destroy(new Error("gone")));
    });
    expect(await gateway.ask("{ me { id } }")).toEqual({ data: { me: { id: "u1" } } });
  });
});
