/** The HTTP door, from outside. */
import { request as httpRequest } from "node:http";
import { describe, expect, it } from "@jest/globals";
import { GraphQLError } from "graphql";
import { composeSubgraphs } from "../../../gateway/compose.ts";
import { silentLogger } from "../../../gateway/gateway-logger.ts";
import { createGeneration } from "../../../gateway/generation.ts";
import { openGateway as openGatewayOn } from "../../../gateway/server/create-gateway.ts";
import { gatewaySettings } from "../../../gateway/server/gateway-options.ts";
import { ServingGraph } from "../../../gateway/serving-graph.ts";
import { decodeCursor } from "../../../schema/cursor.ts";
import { openGateway, type Answer } from "../fixtures/gateway-client.ts";
import { plainGet } from "../fixtures/plain-get.ts";
import { shopGraph } from "../fixtures/shop-graph.ts";
import { until } from "../fixtures/until.ts";

const mediaTypes = ["application/json", "application/graphql-response+json"] as const;

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
    ["malformed JSON", '{"query":'],
    ["no query", "{}"],
    ["an empty query", '{"query":""}'],
    ["JSON that is no object", '"{ me { id } }"'],
    ["several operations in one request", '[{"query":"{ me { id } }"}]'],
    ["a query that is no text", '{"query":7}'],
  ])("refuses %s with 400 in both media types", async (_what, body) => {
    await using gateway = await openGateway(shopGraph());
    for (const accept of mediaTypes) {
      const response = await gateway.post(body, { accept });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ errors: [{ message: expect.any(String) }] });
    }
  });

  it.each([
    ["wrong grammar", '{"query":"{ me "}', "GRAPHQL_PARSE_FAILED"],
    ["an unknown field", '{"query":"{ nothing }"}', "GRAPHQL_VALIDATION_FAILED"],
    ["a variable of a wrong type", '{"query":"query ($id: ID!) { user(id: $id) { id } }"}', "BAD_USER_INPUT"],
    ["an unknown operation", '{"query":"query A { me { id } }","operationName":"B"}', "OPERATION_RESOLUTION_FAILURE"],
    [
      "several operations and no name",
      '{"query":"query A { me { id } } query B { me { id } }"}',
      "OPERATION_RESOLUTION_FAILURE",
    ],
  ])("answers %s with 400, or 200 where the answer is application/json", async (_what, body, code) => {
    await using gateway = await openGateway(shopGraph());
    for (const accept of [...mediaTypes, "*/*"]) {
      const response = await gateway.post(body, { accept });
      expect(response.status).toBe(accept === "application/graphql-response+json" ? 400 : 200);
      const answer = (await response.json()) as Answer;
      expect(answer).toMatchObject({ errors: [{ extensions: { code } }] });
      expect(answer).not.toHaveProperty("data");
    }
  });

  it("answers faults of its own with 500, or 200 where the answer is application/json", async () => {
    const shop = shopGraph();
    const subgraphs = [shop.catalog, shop.opinions, shop.people];
    const settings = gatewaySettings(undefined);
    const generation = await createGeneration({
      ...settings,
      supergraphSdl: composeSubgraphs(subgraphs),
      subgraphs,
      logger: silentLogger,
    });
    const fault = new GraphQLError("Something inside the gateway failed.", { extensions: { code: "INTERNAL" } });
    const failing = { ...generation, execute: () => Promise.resolve({ errors: [fault] }) };
    await using gateway = await openGatewayOn(new ServingGraph(failing), settings, silentLogger);
    const port = await gateway.listen({ port: 0 });
    for (const [accept, status] of [
      ["application/json", 200],
      ["application/graphql-response+json", 500],
    ] as const) {
      const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
        method: "POST",
        headers: { accept, "content-type": "application/json" },
        body: '{"query":"{ me { id } }"}',
      });
      expect([response.status, await response.json()]).toEqual([status, { errors: [fault.toJSON()] }]);
    }
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
  const mutation = '{"query":"mutation { addProduct(name: \\"x\\") { id } }"}';
  const query = "query=%7Bme%7Bid%7D%7D";

  it.each([
    "text/plain",
    "text/plain; application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "",
  ])("cannot run operations by POST as %s", async (type) => {
    const shop = shopGraph();
    await using gateway = await openGateway(shop);
    const form = `--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n${mutation}\r\n--x--\r\n`;
    for (const body of [mutation, form, `query=${encodeURIComponent("mutation { addProduct(name: 1) { id } }")}`]) {
      const headers: Record<string, string> = type === "" ? {} : { "content-type": type };
      const init = { method: "POST", headers, body: new Blob([body]) };
      const response = await fetch(`${gateway.url}/graphql`, init);
      expect(response.status).toBe(400);
      expect(JSON.stringify(await response.json())).toContain("CSRF");
    }
    expect(shop.log).toEqual([]);
  });

  it.each([
    ["as a text that JSON cannot be", { "content-type": "application/jsonp" }, 400],
    ["with a header that has been asked for", { "content-type": "text/plain", "apollo-require-preflight": "1" }, 400],
  ])("cannot run operations by POST %s", async (_what, headers, status) => {
    const shop = shopGraph();
    await using gateway = await openGateway(shop);
    expect((await gateway.post(mutation, headers as Record<string, string>)).status).toBe(status);
    expect(shop.log).toEqual([]);
  });

  it.each([
    ["an image or a script of another site", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }],
    ["a page of a neighbouring site", { "sec-fetch-site": "same-site" }],
    ["a page of an origin that is not allowed", { origin: "https://evil.example", "sec-fetch-site": "cross-site" }],
    ["a page of no origin", { origin: "null" }],
  ])("cannot run a query by GET: %s", async (_what, headers) => {
    const shop = shopGraph();
    await using gateway = await openGateway(shop);
    for (const accept of ["application/json", "text/event-stream"]) {
      const response = await plainGet(`${gateway.url}/graphql?${query}`, { ...headers, accept });
      expect(response.status).toBe(403);
      expect(response.body).toContain("BAD_REQUEST");
    }
    expect(shop.opinions.requests).toEqual([]);
  });

  it.each([
    ["no browser", {}],
    ["a typed address", { "sec-fetch-site": "none", "sec-fetch-mode": "navigate" }],
    ["a page of its own", { "sec-fetch-site": "same-origin" }],
    ["a page of an allowed origin", { origin: "http://localhost:5173", "sec-fetch-site": "same-site" }],
    ["a client that has been allowed to", { "x-apollo-operation-name": "Me", "sec-fetch-site": "cross-site" }],
  ])("can run a query by GET: %s", async (_what, headers) => {
    await using gateway = await openGateway(shopGraph());
    const response = await plainGet(`${gateway.url}/graphql?${query}`, headers);
    expect([response.status, JSON.parse(response.body)]).toEqual([200, { data: { me: { id: "u1" } } }]);
    // No page can make a script of it either.
    expect(response.headers["x-content-type-options"]).toBe("nosniff");
  });

  it("cannot run queries by a simple GET where that is forbidden", async () => {
    const shop = shopGraph();
    await using gateway = await openGateway({ ...shop, options: { allowSimpleGet: false } });
    for (const accept of ["application/json", "text/event-stream"]) {
      const refused = await plainGet(`${gateway.url}/graphql?${query}`, { accept });
      expect(refused.status).toBe(403);
    }
    expect(shop.opinions.requests).toEqual([]);
    for (const headers of [{ "apollo-require-preflight": "1" }, { "content-type": "application/json" }]) {
      const response = await plainGet(`${gateway.url}/graphql?${query}`, headers);
      expect(response.status).toBe(200);
    }
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
