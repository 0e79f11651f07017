/** Queries and mutations to a subgraph elsewhere: what is sent, and what becomes of whatever comes back. */
import { gzipSync } from "node:zlib";
import type { ServerResponse } from "node:http";
import { describe, expect, it } from "@jest/globals";
import { parse } from "graphql";
import { createRemoteSubgraph, type RemoteSubgraphOptions, type SubgraphRequest } from "../../../gateway/index.ts";
import { openRawServer, sendGraphQL, type RawServer } from "../fixtures/raw-server.ts";

const context = { requestId: "r-1", headers: {}, wantsCursor: false, scope: {} };
const query: SubgraphRequest = { document: parse("{ a { b } }"), variables: {}, context };

const remoteTo = ({ url }: Pick<RawServer, "url">, options: Partial<RemoteSubgraphOptions> = {}) =>
  createRemoteSubgraph({ name: "shop", url, sdl: "type Query { a: Int }", ...options });

const unavailable = (reason: string) => ({
  errors: [
    {
      message: `The subgraph "shop" is unavailable: ${reason}.`,
      extensions: { code: "SUBGRAPH_UNAVAILABLE", subgraph: "shop" },
    },
  ],
});

describe("a request to a remote subgraph", () => {
  it("carries text, name, variables and the wish for a cursor, which comes back", async () => {
    const answer = { data: { a: 1 }, extensions: { onefold: { cursor: { "events/0": 5 } }, other: 1 } };
    await using server = await openRawServer({ onRequest: (response) => sendGraphQL(response, answer) });
    await using remote = await remoteTo(server);
    const request = { ...query, operationName: "N", variables: { x: [1] }, context: { ...context, wantsCursor: true } };
    expect(await remote.execute(request)).toEqual({ data: { a: 1 }, cursor: { "events/0": 5 } });
    expect(JSON.parse(server.bodies[0] ?? "")).toEqual({
      query: "{a{b}}",
      operationName: "N",
      variables: { x: [1] },
      extensions: { onefold: { wantsCursor: true } },
    });
    await remote.execute(query);
    expect(JSON.parse(server.bodies[1] ?? "")).toEqual({ query: "{a{b}}", variables: {} });
    for (let i = 0; i < 8; i++) await remote.execute(query);
    // Connections are kept; the next request may come before the last one's is free.
    expect(new Set(server.requests.map(({ socket }) => socket.remotePort)).size).toBeLessThanOrEqual(2);
  });

  it("passes on the client's headers that are on the list, its own, and the gateway's request id", async () => {
    await using server = await openRawServer({ onRequest: (response) => sendGraphQL(response, { data: {} }) });
    const sent = {
      authorization: "Bearer t",
      cookie: "s=1",
      host: "evil",
      traceparent: "00-1",
      "x-request-id": "z",
      "x-a": "1",
    };
    const headersOf = async (options: Partial<RemoteSubgraphOptions>) => {
      await using remote = await remoteTo(server, options);
      await remote.execute({ ...query, context: { ...context, headers: sent } });
      return server.requests.at(-1)?.headers ?? {};
    };
    const usual = await headersOf({ headers: { "x-key": "k" } });
    expect(usual).toMatchObject({
      authorization: "Bearer t",
      traceparent: "00-1",
      "x-request-id": "r-1",
      "x-key": "k",
    });
    expect(usual).toMatchObject({ accept: "application/graphql-response+json, application/json;q=0.9" });
    expect(usual.host).toMatch(/^127\.0\.0\.1/);
    for (const name of ["cookie", "x-a"]) expect(usual).not.toHaveProperty(name);
    // Whatever the case, and never twice.
    const own = { "X-A": "own", "X-B": "own" };
    const replaced = await headersOf({ forwardHeaders: ["x-a", "X-A", "x-b"], headers: own });
    expect(replaced).toMatchObject({ "x-a": "1", "x-b": "own", "content-type": "application/json" });
    const listed = await headersOf({ forwardHeaders: ["x-a"] });
    expect(listed).toMatchObject({ "x-a": "1" });
    for (const name of ["authorization", "x-request-id"]) expect(listed).not.toHaveProperty(name);
  });

  it("follows no redirect, which would take the client's authorization elsewhere", async () => {
    await using elsewhere = await openRawServer({ onRequest: (response) => sendGraphQL(response, { data: {} }) });
    await using server = await openRawServer({
      onRequest: (response) => response.writeHead(307, { location: elsewhere.url }).end(),
    });
    await using remote = await remoteTo(server);
    expect(await remote.execute(query)).toEqual(unavailable("it answered with HTTP status 307"));
    expect(elsewhere.requests).toEqual([]);
  });

  it("gives a mutation a time limit of its own, and sends it once", async () => {
    await using server = await openRawServer({ onRequest: (response) => response.socket?.destroy() });
    await using remote = await remoteTo(server);
    const mutation = { ...query, document: parse("mutation { a }") };
    expect(await remote.execute(mutation)).toEqual(unavailable("it could not be reached"));
    expect(server.requests).toHaveLength(1);
    await using silent = await openRawServer({});
    await using patient = await remoteTo(silent, { timeoutMs: 60_000, mutationTimeoutMs: 50 });
    expect(await patient.execute(mutation)).toEqual(unavailable("no answer within 50 ms"));
  });
});

describe("an answer that is none", () => {
  const json = { "content-type": "application/json" };
  const graphql = { "content-type": "application/graphql-response+json" };
  const drip = (response: ServerResponse): void => {
    response.writeHead(200, json);
    const timer = setInterval(() => response.write(" "), 5);
    response.once("close", () => clearInterval(timer));
  };
  const endless = (response: ServerResponse): void => {
    response.writeHead(200, json);
    const more = (): void => {
      while (!response.destroyed && response.write("x".repeat(65_536)));
    };
    response.on("drain", more);
    more();
  };
  const noGraphQL = "its answer is not GraphQL";
  it.each<[string, (response: ServerResponse) => unknown, string]>([
    ["nothing", () => {}, "no answer within 300 ms"],
    ["one byte after the other", drip, "no answer within 300 ms"],
    ["without an end", endless, "its answer has more than 2000 bytes"],
    [
      "too large",
      (r) => r.writeHead(200, json).end(JSON.stringify({ data: { a: "x".repeat(3000) } })),
      "its answer has more than 2000 bytes",
    ],
    [
      "too large when unpacked",
      (r) =>
        r.writeHead(200, { ...json, "content-encoding": "gzip" }).end(gzipSync(`{"data":{"a":"${"x".repeat(9000)}"}}`)),
      "its answer has more than 2000 bytes",
    ],
    [
      "broken off",
      (r) => r.writeHead(200, { ...json, "content-length": 99 }).write("{", () => r.socket?.destroy()),
      "it could not be reached",
    ],
    ["of another type", (r) => r.writeHead(200, { "content-type": "text/html" }).end('{"data":{}}'), noGraphQL],
    ["of no type", (r) => r.writeHead(200).end('{"data":{}}'), noGraphQL],
    ["a proxy's", (r) => r.writeHead(502, json).end('{"data":{"a":1}}'), "it answered with HTTP status 502"],
    ["no JSON", (r) => r.writeHead(200, json).end("{"), noGraphQL],
    ["empty", (r) => r.writeHead(200, graphql).end(), noGraphQL],
    ["a list", (r) => sendGraphQL(r, []), noGraphQL],
    ["null", (r) => sendGraphQL(r, null), noGraphQL],
    ["an object of something else", (r) => sendGraphQL(r, { status: "ok" }), noGraphQL],
    ["with data that is a list", (r) => sendGraphQL(r, { data: [] }), noGraphQL],
    ["with data that is a text", (r) => sendGraphQL(r, { data: "a" }), noGraphQL],
    ["with errors that are no list", (r) => sendGraphQL(r, { data: { a: 1 }, errors: { message: "x" } }), noGraphQL],
    ["with neither data nor errors", (r) => sendGraphQL(r, { errors: [] }), noGraphQL],
  ])("becomes an error: %s", async (_what, onRequest, reason) => {
    await using server = await openRawServer({ onRequest });
    await using remote = await remoteTo(server, {
      timeoutMs: reason.includes("300") ? 300 : 20_000,
      maxAnswerBytes: 2000,
    });
    expect(await remote.execute(query)).toEqual(unavailable(reason));
  });

  it("is logged with its cause, and says no address", async () => {
    const logged: object[] = [];
    const write = (details: object): void => void logged.push(details);
    const logger = { debug: () => {}, info: write, warn: write, error: write };
    const server = await openRawServer({});
    await using remote = await remoteTo(server, { logger });
    await server.close();
    const result = await remote.execute(query);
    expect(result).toEqual(unavailable("it could not be reached"));
    expect(JSON.stringify(result)).not.toContain("127.0.0.1");
    expect(logged).toMatchObject([{ subgraph: "shop", err: { cause: { code: "ECONNREFUSED" } } }]);
  });

  it("is what a caller gets who no longer wants one, and the subgraph's connection is let go", async () => {
    let isGone = (): void => {};
    const gone = new Promise<void>((resolve) => (isGone = resolve));
    const caller = new AbortController();
    await using server = await openRawServer({
      onRequest: (response) => {
        response.once("close", isGone);
        caller.abort();
      },
    });
    await using remote = await remoteTo(server);
    const cancelled = unavailable("the request was cancelled");
    expect(await remote.execute({ ...query, signal: caller.signal })).toEqual(cancelled);
    await gone;
    expect(await remote.execute({ ...query, signal: caller.signal })).toEqual(cancelled);
    expect(server.requests).toHaveLength(1);
  });
});

describe("errors in an answer", () => {
  const resultOf = async (json: unknown, status = 200, options: Partial<RemoteSubgraphOptions> = {}) => {
    await using server = await openRawServer({ onRequest: (response) => sendGraphQL(response, json, status) });
    await using remote = await remoteTo(server, options);
    return await remote.execute({ ...query, context: { ...context, wantsCursor: true } });
  };

  it("keep their paths, their codes and what is beside them, under any status", async () => {
    const errors = [{ message: "No.", path: ["a", 0, "b"], extensions: { code: "FORBIDDEN", why: 1 } }];
    expect(await resultOf({ data: null, errors }, 403)).toEqual({ data: null, errors });
    expect(await resultOf({ errors }, 500)).toEqual({ errors });
  });

  it("lose what is of the wrong form: paths, codes, whole errors", async () => {
    const errors = [
      { message: "a", path: "a", extensions: { code: 5 } },
      { message: "b", path: [{}, -1], extensions: [] },
      { message: 5 },
      "text",
      null,
    ];
    const none = { message: "An error of a form that GraphQL does not have." };
    expect(await resultOf({ data: {}, errors })).toEqual({
      data: {},
      errors: [{ message: "a", extensions: {} }, { message: "b" }, none, none, none],
    });
  });

  it("about the request itself lose their code: the client did not write it", async () => {
    const errors = ["GRAPHQL_VALIDATION_FAILED", "BAD_REQUEST", "DOCUMENT_LIMIT", "INPUT_INVALID"].map((code) => ({
      message: code,
      extensions: { code },
    }));
    const result = await resultOf({ errors }, 400);
    expect(result.errors?.map(({ extensions }) => extensions?.["code"])).toEqual([
      ...[undefined, undefined, undefined],
      "INPUT_INVALID",
    ]);
  });

  it("without a code of their own are given one if they are to be shown; others keep theirs", async () => {
    const errors = [
      { message: "no code" },
      ...["INTERNAL_SERVER_ERROR", "INTERNAL", "BAD_REQUEST", "OUT_OF_STOCK"].map((code) => ({
        message: code,
        extensions: { code },
      })),
    ];
    const shown = await resultOf({ errors }, 200, { errors: { mask: false } });
    expect(shown.errors?.map(({ message }) => message)).toEqual(errors.map(({ message }) => message));
    expect(shown.errors?.map(({ extensions }) => extensions?.["code"])).toEqual([
      ...["SUBGRAPH_ERROR", "SUBGRAPH_ERROR", "SUBGRAPH_ERROR", "SUBGRAPH_ERROR"],
      "OUT_OF_STOCK",
    ]);
  });

  it("show the extensions that are listed, and the code", async () => {
    const extensions = { code: "OUT_OF_STOCK", left: 0, toString: "t", warehouse: "w" };
    const options = { errors: { mask: true, extensions: ["left", "absent", "toString"] } };
    const result = await resultOf({ errors: [{ message: "m", extensions }] }, 200, options);
    expect(result.errors?.[0]?.extensions).toEqual({ code: "OUT_OF_STOCK", left: 0, toString: "t" });
  });

  it("and cursors of the wrong form are taken as none", async () => {
    for (const cursor of [5, [1], { a: "1" }, { a: -1 }, { a: 1.5 }, { a: null }]) {
      expect(await resultOf({ data: {}, extensions: { onefold: { cursor } } })).toEqual({ data: {} });
    }
    expect(await resultOf({ data: {}, extensions: 5 })).toEqual({ data: {} });
  });

  it("and keys that would reach an object's prototype do not come through", async () => {
    for (const key of ["__proto__", String.raw`\u005f_proto__`, String.raw`__prot\u006f__`]) {
      const result = await resultOf(`{"data":{"a":{"${key}":{"polluted":1},"b":1},"${key}":{"polluted":1}}}`);
      expect(JSON.stringify(result)).toBe('{"data":{"a":{"b":1}}}');
    }
    expect({}).not.toHaveProperty("polluted");
  });
});

describe("the options", () => {
  it.each([
    [{ forwardHeaders: ["Host"] }, '"Host"'],
    [{ forwardHeaders: ["content-length"] }, '"content-length"'],
    [{ headers: { "Transfer-Encoding": "chunked" } }, '"Transfer-Encoding"'],
    [{ headers: { "x y": "secret" } }, '"x y"'],
    [{ headers: { "x-key": "secret\r\nx-other: 1" } }, "x-key"],
  ])("take no headers that break the protocol: %j", async (options, named) => {
    const opened = remoteTo({ url: "http://127.0.0.1:1/graphql" }, options);
    await expect(opened).rejects.toMatchObject({ code: "INPUT_INVALID", message: expect.stringContaining(named) });
    await expect(opened).rejects.not.toMatchObject({ message: expect.stringContaining("secret") });
  });

  it.each([["shop:4000/graphql"], ["ftp://shop/graphql"], ["http://me:secret@shop/graphql"]])(
    "take no address that no request can be sent to: %s",
    async (url) => {
      const opened = createRemoteSubgraph({ name: "shop", url, sdl: "" });
      await expect(opened).rejects.toMatchObject({ code: "INPUT_INVALID", message: expect.stringContaining("shop") });
      await expect(opened).rejects.not.toMatchObject({ message: expect.stringContaining("secret") });
    },
  );
});
