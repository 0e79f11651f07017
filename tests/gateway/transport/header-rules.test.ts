/** The headers that a subgraph gets by its rules, over HTTP and in the messages of a WebSocket. */
import { describe, expect, it } from "@jest/globals";
import { parse } from "graphql";
import { createRemoteSubgraph, type RemoteSubgraphOptions, type RequestContext } from "../../../gateway/index.ts";
import { openRawServer, sendGraphQL, speakGraphQL } from "../fixtures/raw-server.ts";

type Rules = Partial<RemoteSubgraphOptions>;

interface Asker {
  readonly headers?: Readonly<Record<string, string>>;
  readonly claims?: Readonly<Record<string, unknown>> | null;
}

const contextOf = ({ headers = {}, claims = null }: Asker): RequestContext => ({
  ...{ requestId: "r-1", headers, principal: { claims }, wantsCursor: false, scope: {} },
});
const create = (url: string, rules: Rules) =>
  createRemoteSubgraph({ name: "shop", url, sdl: "type Query { a: Int }", ...rules });

/** What arrives of one query. */
async function sent(rules: Rules, asker: Asker) {
  await using server = await openRawServer({ onRequest: (response) => sendGraphQL(response, { data: {} }) });
  await using remote = await create(server.url, rules);
  await remote.execute({ document: parse("{ a }"), variables: {}, context: contextOf(asker) });
  return server.requests[0]?.headers ?? {};
}

describe("a header of a claim", () => {
  const rules = { claimHeaders: { "X-User": "sub", "x-tenant": "org.tenant", "x-roles": "https://example.com/roles" } };

  it("has its value: texts as they are, what else there is as JSON", async () => {
    const claims = { sub: "ada", org: { tenant: 7 }, "https://example.com/roles": ["a", "b c"] };
    expect(await sent(rules, { claims })).toMatchObject({ "x-user": "ada", "x-tenant": "7", "x-roles": '["a","b c"]' });
    expect(await sent(rules, { claims: { sub: false, org: { tenant: { id: "é" } } } })).toMatchObject({
      "x-user": "false",
      "x-tenant": Buffer.from('{"id":"é"}').toString("latin1"),
    });
  });

  it("is never the client's, whether there is a claim or not", async () => {
    const forged = { "x-user": "root", "x-tenant": "1", "X-User": "root" };
    expect(await sent(rules, { headers: forged, claims: { sub: "ada" } })).toMatchObject({ "x-user": "ada" });
    for (const claims of [null, {}, { sub: null }, { org: "none" }]) {
      const headers = await sent(rules, { headers: forged, claims });
      for (const name of ["x-user", "x-tenant"]) expect(headers).not.toHaveProperty(name);
    }
  });

  it("takes the place of the subgraph's own, which is there where there is no claim", async () => {
    const own = { ...rules, headers: { "x-user": "nobody", "x-key": "k" } };
    expect(await sent(own, { claims: { sub: "ada" } })).toMatchObject({ "x-user": "ada", "x-key": "k" });
    expect(await sent(own, { headers: { "x-user": "root" } })).toMatchObject({ "x-user": "nobody", "x-key": "k" });
  });

  it.each(["a\r\nx-admin: 1", "a\nb", "a\u0000b", "\u007f"])(
    "is left out where no header can hold it: %j",
    async (sub) => {
      const headers = await sent(rules, { claims: { sub } });
      expect(headers).toMatchObject({ "x-request-id": "r-1" });
      for (const name of ["x-user", "x-admin"]) expect(headers).not.toHaveProperty(name);
    },
  );

  it("does not read what every object has", async () => {
    const headers = await sent({ claimHeaders: { "x-a": "constructor.name", "x-b": "__proto__" } }, { claims: {} });
    for (const name of ["x-a", "x-b"]) expect(headers).not.toHaveProperty(name);
  });
});

describe("a client's header", () => {
  it("goes under another name, and not under its own; or not at all", async () => {
    const rules = {
      renameHeaders: { "X-Lang": "x-language", traceparent: "x-trace" },
      removeHeaders: ["Authorization"],
    };
    const headers = await sent(rules, {
      headers: { "x-lang": "de", "x-language": "forged", traceparent: "00-1", authorization: "Bearer t" },
    });
    expect(headers).toMatchObject({ "x-language": "de", "x-trace": "00-1", "x-request-id": "r-1" });
    for (const name of ["x-lang", "traceparent", "authorization"]) expect(headers).not.toHaveProperty(name);
  });
});

describe("rules", () => {
  it.each<[string, Rules]>([
    ["authorization", { claimHeaders: { Authorization: "sub" } }],
    ["x-b", { forwardHeaders: ["x-b"], renameHeaders: { "x-a": "X-B" } }],
    ["x-c", { renameHeaders: { "x-a": "x-c", "x-b": "x-c" } }],
    ["x-d", { renameHeaders: { "x-a": "x-d" }, claimHeaders: { "x-d": "sub" } }],
  ])("that give %s two sources are refused", async (name, rules) => {
    await expect(create("http://127.0.0.1:1", rules)).rejects.toMatchObject({
      ...{ code: "INPUT_INVALID", message: `The header ${name} for the subgraph "shop" would have two sources.` },
    });
  });

  it.each<Rules>([
    { claimHeaders: { host: "sub" } },
    { renameHeaders: { a: "content-length" } },
    { claimHeaders: { "a b": "c" } },
  ])("that name what no rule may set are refused: %j", async (rules) => {
    await expect(create("http://127.0.0.1:1", rules)).rejects.toMatchObject({ code: "INPUT_INVALID" });
  });
});

describe("identical reads", () => {
  it("are shared by those whose headers and claims that are passed on are equal", async () => {
    const held: (() => void)[] = [];
    await using server = await openRawServer({
      onRequest: (response) => void held.push(() => sendGraphQL(response, { data: {} })),
    });
    await using remote = await create(server.url, {
      claimHeaders: { "x-user": "sub" },
      renameHeaders: { "x-request-id": "x-id" },
    });
    const document = parse("{ a }");
    const read = (claims: Asker["claims"], requestId: string) =>
      remote.execute({ document, variables: {}, context: { ...contextOf({ claims: claims ?? null }), requestId } });
    const reads = [
      read({ sub: "a" }, "1"),
      read({ sub: "a", other: 1 }, "2"),
      read({ sub: "b" }, "3"),
      read(null, "4"),
    ];
    while (held.length < 3) await new Promise(setImmediate);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(server.requests.map(({ headers }) => headers["x-user"]).sort()).toEqual(["a", "b", undefined]);
    held.forEach((answer) => answer());
    await Promise.all(reads);
  });
});

describe("a subscription", () => {
  it("carries them in its message", async () => {
    const payloads: Record<string, unknown>[] = [];
    await using server = await openRawServer({
      onSocket: (socket) =>
        speakGraphQL(socket, (id, payload) => {
          payloads.push(payload);
          socket.send(JSON.stringify({ id, type: "complete" }));
        }),
    });
    await using remote = await create(server.url, {
      claimHeaders: { "x-user": "sub" },
      renameHeaders: { "x-a": "x-b" },
    });
    const context = contextOf({ headers: { "x-a": "1", "x-user": "root" }, claims: { sub: "ada" } });
    for await (const _ of remote.subscribe({ document: parse("subscription { a }"), variables: {}, context }));
    expect(payloads[0]?.["extensions"]).toEqual({
      onefold: { headers: { "x-request-id": "r-1", "x-user": "ada", "x-b": "1" } },
    });
  });
});
