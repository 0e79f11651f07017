/** Documents that requests name instead of sending them, at every door. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import type { GatewayOptions } from "../../../gateway/index.ts";
import { createPersistedDocuments } from "../../../gateway/server/persisted-documents.ts";
import { openGateway, readEvents, type Answer, type TestGateway } from "../fixtures/gateway-client.ts";
import { openAcknowledged } from "../fixtures/raw-socket.ts";
import { shopGraph } from "../fixtures/shop-graph.ts";

interface Request {
  readonly query?: string;
  readonly variables?: object;
  readonly extensions?: object;
}

type Ask = (gateway: TestGateway, request: Request) => Promise<Answer>;

const doors: Readonly<Record<string, Ask>> = {
  POST: async (gateway, request) => (await (await gateway.post(JSON.stringify(request))).json()) as Answer,
  GET: async (gateway, { query, ...objects }) => {
    const search = new URLSearchParams(query === undefined ? {} : { query });
    for (const [name, value] of Object.entries(objects)) search.set(name, JSON.stringify(value));
    return (await (await fetch(`${gateway.url}/graphql?${search.toString()}`)).json()) as Answer;
  },
  SSE: async (gateway, request) => {
    const response = await gateway.post(JSON.stringify({ query: "", ...request }), { accept: "text/event-stream" });
    if (response.status !== 200) return (await response.json()) as Answer;
    await using stream = readEvents(response);
    return (await stream.next())?.data ?? {};
  },
  WebSocket: async (gateway, request) => {
    await using raw = await openAcknowledged(gateway.socketUrl);
    raw.send({ id: "1", type: "subscribe", payload: { query: "", ...request } });
    const message = await raw.next();
    return message?.type === "error"
      ? { errors: message.payload as Answer["errors"] & object }
      : (message?.payload as Answer);
  },
};

const query = "query ($id: ID!) { user(id: $id) { name } }";
const variables = { id: "u2" };
const ben = { data: { user: { name: "Ben" } } };
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const named = (sha256Hash: string, version = 1) => ({ extensions: { persistedQuery: { version, sha256Hash } } });
const refused = (code: string) => ({ errors: [{ extensions: { code } }] });
const open = (options: GatewayOptions = {}) => openGateway({ ...shopGraph(), options });

describe.each(Object.entries(doors))("the door %s", (_name, ask) => {
  it("asks for the text of a hash that it does not know, and knows it from then on", async () => {
    await using gateway = await open();
    const byHash = { variables, ...named(sha256(query)) };
    expect(await ask(gateway, byHash)).toMatchObject(refused("PERSISTED_QUERY_NOT_FOUND"));
    expect(await ask(gateway, { query, ...byHash })).toEqual(ben);
    expect(await ask(gateway, byHash)).toEqual(ben);
    // At the other doors, too.
    for (const other of Object.values(doors)) expect(await other(gateway, byHash)).toEqual(ben);
  });

  it("does not take a text for a hash that is not its own", async () => {
    await using gateway = await open();
    const hash = sha256(query);
    expect(await ask(gateway, { query: "{ me { id } }", ...named(hash) })).toMatchObject(refused("BAD_REQUEST"));
    expect(await ask(gateway, named(hash))).toMatchObject(refused("PERSISTED_QUERY_NOT_FOUND"));
    expect(await ask(gateway, { query, variables, ...named(hash, 2) })).toMatchObject(refused("BAD_REQUEST"));
  });

  it("runs trusted documents only, if there are some", async () => {
    const trustedDocuments = { user: query, mine: "{ me { id } }" };
    await using gateway = await open({ trustedDocuments });
    expect(await ask(gateway, { variables, ...named("user") })).toEqual(ben);
    expect(await ask(gateway, { query, variables })).toEqual(ben);
    const own = "{ users { id } }";
    for (const request of [
      { query: own },
      { query: own, ...named(sha256(own)) },
      { query: own, ...named("mine") },
      named(sha256(own)),
      named("__proto__"),
      { query: "{ __schema { types { name } } }" },
    ]) {
      expect(await ask(gateway, request)).toMatchObject(refused("DOCUMENT_NOT_TRUSTED"));
    }
  });
});

describe("over HTTP", () => {
  it("a hash that is not known is answered with 200, which nobody keeps; a document that is not trusted with 403", async () => {
    await using gateway = await open();
    const unknown = await gateway.post(JSON.stringify(named(sha256(query))));
    expect([unknown.status, unknown.headers.get("cache-control")]).toEqual([200, "no-store"]);
    await using strict = await open({ trustedDocuments: {} });
    expect((await strict.post(JSON.stringify({ query }))).status).toBe(403);
  });

  it("a GET by hash cannot run a mutation", async () => {
    await using gateway = await open();
    const mutation = 'mutation { addProduct(name: "x") { id } }';
    await gateway.post(JSON.stringify({ query: mutation, ...named(sha256(mutation)) }));
    const search = new URLSearchParams({ extensions: JSON.stringify(named(sha256(mutation)).extensions) });
    expect((await fetch(`${gateway.url}/graphql?${search.toString()}`)).status).toBe(405);
  });
});

describe("remembered documents", () => {
  const remember = (documents: ReturnType<typeof createPersistedDocuments>, text: string) =>
    documents.find({ query: text, ...named(sha256(text)) });
  const knows = (documents: ReturnType<typeof createPersistedDocuments>, text: string) =>
    documents.find({ query: undefined, ...named(sha256(text)) }).query === text;

  it("are bounded in number: what was used least recently goes", () => {
    const documents = createPersistedDocuments(undefined, 2);
    for (const text of ["a", "b"]) remember(documents, text);
    expect(knows(documents, "a")).toBe(true);
    remember(documents, "c");
    expect(["a", "b", "c"].map((text) => knows(documents, text))).toEqual([true, false, true]);
  });

  it("are bounded in size", () => {
    const documents = createPersistedDocuments(undefined, 1_000);
    const texts = Array.from({ length: 20 }, (_, index) => String(index).padEnd(1_000_000));
    for (const text of texts) remember(documents, text);
    expect(texts.filter((text) => knows(documents, text))).toHaveLength(16);
  });
});
