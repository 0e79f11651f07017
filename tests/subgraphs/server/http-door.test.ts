/** Subgraphs over HTTP, from outside: protocol, limits, time limits, and nothing of the inside. */
import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, it } from "@jest/globals";
import { createWorld, add } from "../sample-platform.ts";
import { createSubgraphServer } from "../../../subgraphs/server/create-subgraph-server.ts";
import { documentsOf, nested, serveStub } from "./stub-subgraph.ts";

const wire = "application/graphql-response+json";
const deferred = () => {
  let resolve = (): void => {};
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
};

const fragments = (count: number, body: (next: string) => string): string =>
  Array.from(
    { length: count },
    (_, i) => `fragment F${i} on Me { ${i + 1 < count ? body(`...F${i + 1}`) : "name"} }`,
  ).join(" ");
const deepByFragments = `{ me { ...F0 } } ${fragments(12, (next) => `friend { ${next} }`)}`;
const wideByFragments = `{ me { ...F0 } } ${fragments(7, (next) => `a: friend { ${next} } b: friend { ${next} }`)}`;

describe("a domain served over HTTP", () => {
  it("gives its SDL and its entities, each domain at its own path", async () => {
    const world = await createWorld();
    await world.apply("events.user-behavior", [
      { entity: "Item", key: "item:1", mutations: [add("views", 7)] },
      { entity: "Consumer", key: "member:1", mutations: [add("views", 2)] },
    ]);
    const subgraphs = Object.values(world.subgraphs);
    await using server = await createSubgraphServer({ subgraphs, logger: { error: () => {} } });
    expect([...server.paths].sort()).toEqual(["/consumer/graphql", "/content/graphql", "/enterprise/graphql"]);
    const origin = `http://127.0.0.1:${await server.listen({ port: 0 })}`;
    const ask = async (domain: string, query: string, variables?: object): Promise<unknown> => {
      const body = JSON.stringify({ query, variables });
      const headers = { "content-type": "application/json" };
      return (await fetch(`${origin}/${domain}/graphql`, { method: "POST", headers, body })).json();
    };
    expect(await ask("consumer", "{ _service { sdl } }")).toMatchObject({
      data: { _service: { sdl: expect.stringContaining("type Consumer") } },
    });
    const query = "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Item { views title } } }";
    expect(await ask("enterprise", query, { r: [{ __typename: "Item", id: "1" }] })).toEqual({
      data: { _entities: [{ views: 7, title: null }] },
    });
    expect(await ask("consumer", '{ consumer(id: "1") { views } }')).toEqual({ data: { consumer: { views: 2 } } });
  });

  it("says its cursor if the request asks for it, and only then", async () => {
    await using served = await serveStub();
    const query = "{ me { name } }";
    const data = { me: { name: "Ada" } };
    const asked = await served.post({ query, extensions: { onefold: { wantsCursor: true } } });
    expect(await asked.json()).toEqual({ data, extensions: { onefold: { cursor: { "events/0": 7 } } } });
    expect(await (await served.post({ query })).json()).toEqual({ data });
  });

  it("hands on variables, the operation's name, headers, and an acceptable request id", async () => {
    await using served = await serveStub();
    const query = "query A { fail } query B($x: Boolean = false) { me { name @skip(if: $x) } }";
    const headers = { authorization: "Bearer t", "x-request-id": "r-1", traceparent: "00-a" };
    const answer = await served.post({ query, operationName: "B", variables: { x: true } }, headers);
    expect(await answer.json()).toEqual({ data: { me: {} } });
    expect(answer.headers.get("x-request-id")).toBe("r-1");
    const [request] = served.subgraph.requests;
    expect(request?.context).toMatchObject({ requestId: "r-1", wantsCursor: false, headers });
    const renamed = await served.post({ query: "{ me { name } }" }, { "x-request-id": "not plain!" });
    expect(renamed.headers.get("x-request-id")).toMatch(/^[\w-]{36}$/);
  });

  it("runs the same document object for the same text, so that it is validated once", async () => {
    await using served = await serveStub();
    for (const query of ["{ me { name } }", "{ me { name } }", "{ fail }"]) await served.post({ query });
    const [first, second, other] = documentsOf(served.subgraph);
    expect(second).toBe(first);
    expect(other).not.toBe(first);
  });

  it("keeps the places of errors, and says by its status whose fault an answer without data is", async () => {
    await using served = await serveStub();
    const answer = async (code: string): Promise<number> => {
      served.subgraph.answer = () => Promise.resolve({ errors: [{ message: "No.", extensions: { code } }] });
      return (await served.post({ query: "{ fail }" })).status;
    };
    expect([await answer("INPUT_INVALID"), await answer("INTERNAL")]).toEqual([400, 500]);
    const errors = [{ message: "No.", path: ["fail"], locations: [{ line: 1, column: 3 }], extensions: { code: "X" } }];
    served.subgraph.answer = () => Promise.resolve({ data: { fail: null }, errors });
    const partial = await served.post({ query: "{ fail }" }, { accept: wire });
    expect(partial.status).toBe(200);
    expect(partial.headers.get("content-type")).toContain(wire);
    expect(await partial.json()).toEqual({ data: { fail: null }, errors });
  });
});

describe("an HTTP request that is refused", () => {
  it.each([
    ["for a content type that pages may send", { "content-type": "text/plain" }, '{"query":"{ fail }"}', 400],
    ["for a body that is no JSON", {}, "{", 400],
    ["for a packed body", { "content-encoding": "gzip" }, "x", 415],
    ["for too large a body", {}, JSON.stringify({ query: `{ fail } #${"x".repeat(5000)}` }), 413],
    ["for no query", {}, "{}", 400],
    ["for several operations in one", {}, '[{"query":"{ fail }"}]', 400],
    ["for what is not GraphQL", {}, '{"query":"{ me "}', 400],
    ["for too many tokens", {}, JSON.stringify({ query: `{ ${"fail ".repeat(200)} }` }), 400],
    ["for too deep a document", {}, JSON.stringify({ query: nested(12) }), 400],
    ["for too deep a document by fragments", {}, JSON.stringify({ query: deepByFragments }), 400],
    ["for too wide a document by fragments", {}, JSON.stringify({ query: wideByFragments }), 400],
    ["for what does not fit the schema", {}, '{"query":"{ nothing }"}', 400],
    ["for a subscription", {}, '{"query":"subscription { ticked }"}', 406],
  ])("is told so: %s", async (_why, headers, body, status) => {
    const limits = { maxBodyBytes: 4000, maxTokens: 150, maxDepth: 10, maxSelections: 60 };
    await using served = await serveStub(limits);
    const answer = await served.post(body, headers);
    expect(answer.status).toBe(status);
    const text = await answer.text();
    expect(JSON.parse(text)).toMatchObject({ errors: [{ message: expect.any(String) }] });
    expect(text).not.toMatch(/stacktrace|node_modules|\.ts:/);
    expect(documentsOf(served.subgraph)).toHaveLength(text.includes("Cannot query field") ? 1 : 0);
    // The next one is answered.
    expect((await served.post({ query: nested(10) })).status).toBe(200);
  });

  it("is one by GET that a page could send, or that writes; and nobody gets a landing page", async () => {
    await using served = await serveStub();
    const get = (query: string, headers: Record<string, string>): Promise<Response> =>
      fetch(`${served.url}?query=${encodeURIComponent(query)}`, { headers });
    const preflight = { "apollo-require-preflight": "1" };
    expect((await get("{ me { name } }", {})).status).toBe(400);
    expect((await get("{ me { name } }", preflight)).status).toBe(200);
    expect((await get('mutation { rename(name: "x") { name } }', preflight)).status).toBe(405);
    const page = await fetch(served.url, { headers: { accept: "text/html" } });
    expect(page.headers.get("content-type")).not.toContain("html");
    expect((await fetch(`${served.origin}/elsewhere/graphql`)).status).toBe(404);
  });
});

describe("the time limits", () => {
  it("answer for a subgraph that keeps silent, and tell it to stop", async () => {
    await using served = await serveStub({ executionTimeoutMs: 50 });
    served.subgraph.answer = () => new Promise(() => {});
    const answer = await served.post({ query: "{ fail }" });
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: "REQUEST_TIMEOUT" } }] });
    expect(served.subgraph.requests[0]?.signal?.aborted).toBe(true);
  });

  it("end a request that never arrives whole", async () => {
    await using served = await serveStub({ receiveTimeoutMs: 200 });
    const socket = connect(served.port, "127.0.0.1");
    socket.write(
      "POST /people/graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{",
    );
    socket.resume();
    await once(socket, "close");
    expect(documentsOf(served.subgraph)).toHaveLength(0);
  });

  it("leave a caller's own: when it goes away, the subgraph is told to stop", async () => {
    await using served = await serveStub();
    const [asked, stopped] = [deferred(), deferred()];
    served.subgraph.answer = (request) => {
      request.signal?.addEventListener("abort", stopped.resolve);
      asked.resolve();
      return new Promise(() => {});
    };
    const caller = new AbortController();
    const body = JSON.stringify({ query: "{ fail }" });
    const headers = { "content-type": "application/json" };
    const lost = fetch(served.url, { method: "POST", headers, body, signal: caller.signal }).catch(() => "gone");
    await asked.promise;
    caller.abort();
    await stopped.promise;
    expect(await lost).toBe("gone");
  });
});
