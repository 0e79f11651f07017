/** A subgraph that is away, frozen, overloaded or slow: what is sent again, what is not sent at all, and when it is back. */
import type { ServerResponse } from "node:http";
import { describe, expect, it } from "@jest/globals";
import { parse } from "graphql";
import { createRemoteSubgraph, type RemoteSubgraphOptions, type SubgraphRequest } from "../../../gateway/index.ts";
import { openRawServer, sendGraphQL } from "../fixtures/raw-server.ts";
import { until } from "../fixtures/until.ts";

const context = { requestId: "r-1", headers: {}, wantsCursor: false, scope: {} };
const query: SubgraphRequest = { document: parse("query($n: Int) { a(n: $n) }"), variables: {}, context };
const mutation: SubgraphRequest = { ...query, document: parse("mutation($n: Int) { a(n: $n) }") };
const numbered = (count: number, request = query): SubgraphRequest[] =>
  Array.from({ length: count }, (_, n) => ({ ...request, variables: { n } }));

const reached = { data: { a: 1 } };
const unavailable = (reason: string) => ({
  errors: [
    {
      message: `The subgraph "shop" is unavailable: ${reason}.`,
      extensions: { code: "SUBGRAPH_UNAVAILABLE", subgraph: "shop" },
    },
  ],
});
const circuitIsOpen = unavailable("its circuit is open, because it kept failing");

/** A subgraph whose behaviour can be changed while it is asked. */
async function openSubgraph(
  onRequest: (response: ServerResponse) => void,
  options: Partial<RemoteSubgraphOptions> = {},
) {
  const behaviour = { onRequest };
  const server = await openRawServer({ onRequest: (response) => behaviour.onRequest(response) });
  const remote = await createRemoteSubgraph({
    name: "shop",
    url: server.url,
    sdl: "type Query { a: Int }",
    ...options,
  });
  return {
    ...{ behaviour, server, remote },
    async [Symbol.asyncDispose]() {
      await remote[Symbol.asyncDispose]();
      await server.close();
    },
  };
}

const answer = (response: ServerResponse): void => sendGraphQL(response, reached);
const freeze = (): void => {};
const cut = (response: ServerResponse): void => void response.socket?.destroy();
const status = (code: number) => (response: ServerResponse) => void response.writeHead(code).end();

describe("a query that found nobody there", () => {
  it.each([
    ["the connection is cut", cut],
    ["the status is 502", status(502)],
    ["the status is 503", status(503)],
    ["the status is 504", status(504)],
  ])("is sent once more: %s", async (_what, fails) => {
    let asked = 0;
    await using subgraph = await openSubgraph((response) => (++asked === 1 ? fails(response) : answer(response)));
    expect(await subgraph.remote.execute(query)).toEqual(reached);
    expect(asked).toBe(2);
    asked = 0;
    expect((await subgraph.remote.execute(mutation)).errors).toHaveLength(1);
    expect(asked).toBe(1);
  });

  it("is not sent a third time, and not if there was an answer or the time is up", async () => {
    await using subgraph = await openSubgraph(cut, { timeoutMs: 100 });
    expect(await subgraph.remote.execute(query)).toEqual(unavailable("it could not be reached"));
    expect(subgraph.server.requests).toHaveLength(2);
    subgraph.behaviour.onRequest = status(500);
    expect(await subgraph.remote.execute(query)).toEqual(unavailable("it answered with HTTP status 500"));
    expect(subgraph.server.requests).toHaveLength(3);
    subgraph.behaviour.onRequest = freeze;
    expect(await subgraph.remote.execute(query)).toEqual(unavailable("no answer within 100 ms"));
    expect(subgraph.server.requests).toHaveLength(4);
  });

  it("is sent once more only within a budget, so that trouble is not doubled", async () => {
    let asked = 0;
    // Too few fail for the circuit to open.
    await using subgraph = await openSubgraph((response) => (asked++ % 3 < 1 ? cut(response) : answer(response)));
    for (const request of numbered(100)) await subgraph.remote.execute(request);
    // Ten are saved up, and each request earns a fifth of one.
    expect(asked).toBeGreaterThan(120);
    expect(asked).toBeLessThanOrEqual(130);
  });
});

describe("a circuit", () => {
  it("opens when a subgraph is away, refuses at once, and lets the subgraph be found soon after it is back", async () => {
    await using subgraph = await openSubgraph(cut);
    for (const request of numbered(5)) await subgraph.remote.execute(request);
    const sent = subgraph.server.requests.length;
    for (const request of numbered(50)) expect(await subgraph.remote.execute(request)).toEqual(circuitIsOpen);
    expect(await subgraph.remote.execute(mutation)).toEqual(circuitIsOpen);
    expect(subgraph.server.requests.length).toBe(sent);
    subgraph.behaviour.onRequest = answer;
    let result = await subgraph.remote.execute(query);
    while (result.errors !== undefined) {
      expect(result).toEqual(circuitIsOpen);
      result = await subgraph.remote.execute(query);
    }
    expect(result).toEqual(reached);
    for (const request of numbered(50)) expect(await subgraph.remote.execute(request)).toEqual(reached);
  });

  it("opens when a subgraph is frozen: from then on nobody waits for it", async () => {
    await using subgraph = await openSubgraph(freeze, { timeoutMs: 200 });
    const results = await Promise.all(numbered(5).map((request) => subgraph.remote.execute(request)));
    for (const result of results) expect(result).toEqual(unavailable("no answer within 200 ms"));
    for (const request of numbered(20)) expect(await subgraph.remote.execute(request)).toEqual(circuitIsOpen);
    expect(subgraph.server.requests).toHaveLength(5);
  });

  it("opens as well if all ask the same and wait for one request", async () => {
    await using subgraph = await openSubgraph(freeze, { timeoutMs: 200 });
    await Promise.all(Array.from({ length: 5 }, () => subgraph.remote.execute(query)));
    expect(await subgraph.remote.execute(query)).toEqual(circuitIsOpen);
    expect(subgraph.server.requests).toHaveLength(1);
  });

  it("stays closed if clients go away from a slow subgraph, and if what it answers is no answer", async () => {
    await using subgraph = await openSubgraph(freeze);
    const gone = new AbortController();
    const results = numbered(40).map((request) => subgraph.remote.execute({ ...request, signal: gone.signal }));
    await until(() => subgraph.server.requests.length === 40);
    gone.abort();
    for (const result of await Promise.all(results)) expect(result).toEqual(unavailable("the request was cancelled"));
    subgraph.behaviour.onRequest = status(500);
    for (const request of numbered(40)) {
      expect(await subgraph.remote.execute(request)).toEqual(unavailable("it answered with HTTP status 500"));
    }
    subgraph.behaviour.onRequest = answer;
    expect(await subgraph.remote.execute(query)).toEqual(reached);
  });
});

describe("what waits for a connection", () => {
  it("is bounded: beyond it requests are refused, and the others are answered", async () => {
    const held: ServerResponse[] = [];
    const logged: string[] = [];
    const write = (_details: object, message: string): void => void logged.push(message);
    await using subgraph = await openSubgraph((response) => void held.push(response), {
      ...{ maxConnections: 2, maxWaitingRequests: 3 },
      logger: { debug: () => {}, info: () => {}, warn: write, error: write },
    });
    const all = numbered(9).map((request) => subgraph.remote.execute(request));
    for (const result of await Promise.all(all.slice(5))) {
      expect(result).toEqual(unavailable("5 requests to it are waiting already"));
    }
    expect(logged).toEqual(['5 requests to the subgraph "shop" are waiting: more are refused.']);
    await until(() => held.length === 2);
    subgraph.behaviour.onRequest = answer;
    for (const response of held) answer(response);
    for (const result of await Promise.all(all.slice(0, 5))) expect(result).toEqual(reached);
    expect(new Set(subgraph.server.requests.map(({ socket }) => socket.remotePort)).size).toBe(2);
    expect(await subgraph.remote.execute(query)).toEqual(reached);
  });

  it("is never sent if nobody wants it any more", async () => {
    const held: ServerResponse[] = [];
    await using subgraph = await openSubgraph((response) => void held.push(response), { maxConnections: 1 });
    const gone = new AbortController();
    const first = subgraph.remote.execute({ ...query, variables: { n: 1 } });
    const waiting = subgraph.remote.execute({ ...mutation, signal: gone.signal });
    await until(() => held.length === 1);
    gone.abort();
    await waiting;
    subgraph.behaviour.onRequest = answer;
    for (const response of held) answer(response);
    expect(await first).toEqual(reached);
    expect(await subgraph.remote.execute(query)).toEqual(reached);
    expect(subgraph.server.bodies.filter((body) => body.includes("mutation"))).toEqual([]);
  });
});
