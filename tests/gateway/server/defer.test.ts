/** @defer at the doors, from outside. */
import { describe, expect, it } from "@jest/globals";
import { openGateway, readEvents, socketMessages } from "../fixtures/gateway-client.ts";
import { mergeParts, type AnswerPart } from "../fixtures/merge-parts.ts";
import { readParts } from "../fixtures/read-parts.ts";
import { shopGraph } from "../fixtures/shop-graph.ts";
import { until } from "../fixtures/until.ts";

const accept = "multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json;q=0.9";
const query = '{ product(id: "1") { name ... @defer(label: "later") { reviews { body } } } }';
const first = { data: { product: { name: "Chair" } }, hasNext: true };
const payload = { data: { reviews: [{ body: "Good" }, { body: "Bad" }] }, path: ["product"], label: "later" };
const whole = { data: { product: { name: "Chair", reviews: [{ body: "Good" }, { body: "Bad" }] } } };

/** Opinions answer once `release` is called. */
function held() {
  const shop = shopGraph();
  let release = (): void => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  const { execute } = shop.opinions;
  shop.opinions.execute = async (request) => {
    shop.opinions.requests.push(request);
    await Promise.race([
      gate,
      new Promise<void>((resolve) => request.signal?.addEventListener("abort", () => resolve())),
    ]);
    return execute(request);
  };
  return { shop, release };
}

describe("a deferred fragment over HTTP", () => {
  it("comes in a part of its own, after the first was sent", async () => {
    const { shop, release } = held();
    await using gateway = await openGateway(shop);
    const response = await gateway.post(JSON.stringify({ query }), { accept });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe('multipart/mixed; boundary="-"; deferSpec=20220824');
    const parts = readParts(response);
    expect(await parts.next()).toEqual({ done: false, value: first });
    release();
    expect(await parts.next()).toEqual({ done: false, value: { incremental: [payload], hasNext: false } });
    expect((await parts.next()).done).toBe(true);
  });

  it("comes by GET as well", async () => {
    await using gateway = await openGateway(shopGraph());
    const address = `${gateway.url}/graphql?query=${encodeURIComponent(query)}`;
    const parts: AnswerPart[] = [];
    for await (const part of readParts(await fetch(address, { headers: { accept } }))) parts.push(part);
    expect(parts).toHaveLength(2);
    expect(mergeParts(parts)).toEqual(whole.data);
  });

  it.each([
    ["application/json", undefined],
    ["*/*", undefined],
    ["multipart/mixed;deferSpec=20991231, application/json", undefined],
    ["multipart/mixed;q=0, application/json", undefined],
    [accept, 'query ($d: Boolean) { product(id: "1") { name ... @defer(if: $d) { reviews { body } } } }'],
  ])("is part of one answer for a client that accepts %s (%s)", async (accepted, other) => {
    await using gateway = await openGateway(shopGraph());
    const body = JSON.stringify({ query: other ?? query, variables: { d: false } });
    const response = await gateway.post(body, { accept: accepted });
    expect(response.headers.get("content-type")).toMatch(/^application\/(graphql-response\+)?json/);
    expect(await response.json()).toEqual(whole);
  });

  it.each([
    [
      "a mutation's root",
      'mutation { ... @defer { rename(id: "u1", name: "x") { name } } }',
      "run one after the other",
    ],
    [
      "labels that are the same",
      '{ me { ... @defer(label: "a") { id } ... @defer(label: "a") { name } } }',
      "more than once",
    ],
    ["a label by variable", "query ($l: String) { me { ... @defer(label: $l) { id } } }", "must be a text"],
    ["a subscription", "subscription { reviewAdded { ... @defer { body } } }", "cannot stand in a subscription"],
    ["a field", "{ me @defer { id } }", '"@defer" may not be used on FIELD'],
  ])("is refused at %s", async (_where, wrong, message) => {
    await using gateway = await openGateway(shopGraph());
    const answer = (await (await gateway.post(JSON.stringify({ query: wrong }), { accept })).json()) as {
      errors: { message: string; extensions: object }[];
    };
    expect(answer.errors[0]?.message).toContain(message);
    expect(answer.errors[0]?.extensions).toMatchObject({ code: "GRAPHQL_VALIDATION_FAILED" });
  });

  it("is no longer read once the client is gone", async () => {
    const { shop } = held();
    await using gateway = await openGateway(shop);
    const response = await gateway.post(JSON.stringify({ query }), { accept });
    const parts = readParts(response);
    await parts.next();
    await until(() => shop.opinions.requests.length === 1);
    const { signal } = shop.opinions.requests[0] ?? {};
    expect(signal?.aborted).toBe(false);
    await parts.return(undefined);
    await until(() => signal?.aborted === true);
  });

  it("is sent before the gateway closes", async () => {
    const { shop, release } = held();
    const gateway = await openGateway(shop);
    const parts = readParts(await gateway.post(JSON.stringify({ query }), { accept }));
    await parts.next();
    const closed = gateway[Symbol.asyncDispose]();
    release();
    expect(await parts.next()).toMatchObject({ value: { incremental: [payload], hasNext: false } });
    await parts.next();
    await closed;
  });

  it("says in introspection that it may be asked for", async () => {
    await using gateway = await openGateway(shopGraph());
    const answer = await gateway.ask("{ __schema { directives { name locations args { name } } } }");
    expect((answer.data as { __schema: { directives: object[] } }).__schema.directives).toContainEqual({
      name: "defer",
      locations: ["FRAGMENT_SPREAD", "INLINE_FRAGMENT"],
      args: [{ name: "if" }, { name: "label" }],
    });
  });
});

describe("a deferred fragment over streams", () => {
  it("is an event of its own over SSE", async () => {
    const { shop, release } = held();
    await using gateway = await openGateway(shop);
    await using stream = readEvents(await gateway.post(JSON.stringify({ query }), { accept: "text/event-stream" }));
    expect(await stream.next()).toEqual({ event: "next", data: first });
    release();
    expect(await stream.next()).toEqual({ event: "next", data: { incremental: [payload], hasNext: false } });
    expect(await stream.next()).toEqual({ event: "complete", data: null });
  });

  it("is a message of its own over WebSocket", async () => {
    const { shop, release } = held();
    await using gateway = await openGateway(shop);
    const client = gateway.socketClient();
    const messages = socketMessages(client, { query });
    expect(await messages.next()).toEqual({ done: false, value: first });
    release();
    expect(await messages.next()).toEqual({ done: false, value: { incremental: [payload], hasNext: false } });
    expect((await messages.next()).done).toBe(true);
    await client.dispose();
  });

  it("is no longer read once a WebSocket's client has completed it", async () => {
    const { shop } = held();
    await using gateway = await openGateway(shop);
    const client = gateway.socketClient();
    const messages = socketMessages(client, { query });
    await messages.next();
    await until(() => shop.opinions.requests.length === 1);
    await messages.return?.();
    await until(() => shop.opinions.requests[0]?.signal?.aborted === true);
    await client.dispose();
  });
});
