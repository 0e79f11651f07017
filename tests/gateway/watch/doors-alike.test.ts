/** Whoever watches a gateway is told the same of the same request, whichever door and way it came by. */
import { describe, expect, it } from "@jest/globals";
import type { GatewayMonitor } from "../../../gateway/gateway-monitor.ts";
import type { OperationRecord } from "../../../gateway/watch/operation-record.ts";
import type { SubgraphRequest, SubgraphResult, SubgraphTransport } from "../../../gateway/subgraph-transport.ts";
import type { GatewayOptions } from "../../../gateway/server/gateway-options.ts";
import { openGateway, type TestGateway } from "../fixtures/gateway-client.ts";
import { shopGraph } from "../fixtures/shop-graph.ts";

interface Asked {
  readonly query: string;
  readonly operationName?: string;
}

type Door = (gateway: TestGateway, asked: Asked) => Promise<unknown>;

const doors: Readonly<Record<string, Door>> = {
  "the short way of POST": async (gateway, asked) => (await gateway.post(JSON.stringify(asked))).text(),
  "the long way of POST": async (gateway, asked) =>
    (await gateway.post(JSON.stringify(asked), { accept: "application/json;q=0.9" })).text(),
  GET: async (gateway, asked) =>
    (await fetch(`${gateway.url}/graphql?${new URLSearchParams({ ...asked }).toString()}`)).text(),
  "server-sent events": async (gateway, asked) =>
    (await gateway.post(JSON.stringify(asked), { accept: "text/event-stream" })).text(),
  WebSocket: async (gateway, asked) => {
    const client = gateway.socketClient();
    const results: unknown[] = [];
    await new Promise<void>((resolve) =>
      client.subscribe(asked, { next: (result) => results.push(result), error: () => resolve(), complete: resolve }),
    );
    await client.dispose();
    return results;
  },
};

async function watched(options: GatewayOptions = {}) {
  const ended: OperationRecord[] = [];
  const refused: string[] = [];
  let running = 0;
  const monitor: GatewayMonitor = {
    begun: () => running++,
    ended: (record) => {
      running--;
      ended.push(record);
    },
    refused: (code) => refused.push(code),
  };
  const gateway = await openGateway({ subgraphs: shopGraph().subgraphs, options: { ...options, monitor } });
  return {
    ...{ gateway, ended, refused },
    get running() {
      return running;
    },
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}

/** Without what differs from run to run. */
function facts({ type, name, outcome, code, bytes, isPlanKnown, isShared, fetches }: OperationRecord): object {
  const reads = fetches.map((fetch) => [fetch.subgraph, fetch.outcome, fetch.code]);
  return { type, name, outcome, code, bytes, isPlanKnown, isShared, reads };
}

const cases: readonly (readonly [string, Asked, object])[] = [
  [
    "a query over two subgraphs",
    { query: "query Wide { products(first: 1) { name reviews { body } } }" },
    {
      type: "query",
      name: "Wide",
      outcome: "ok",
      code: null,
      reads: [
        ["catalog", "ok", null],
        ["opinions", "ok", null],
      ],
    },
  ],
  [
    "one of two operations, without a name of its own in the document's first place",
    { query: "query A { me { id } } query B { products { id } }", operationName: "B" },
    { name: "B", reads: [["catalog", "ok", null]] },
  ],
  ["a query without a name", { query: "{ me { id } }" }, { name: null, outcome: "ok" }],
  [
    "errors beside data",
    { query: "query Half { reviewsFail { id } me { id } }" },
    { outcome: "partial", code: "CLOSED", reads: [["opinions", "errors", "CLOSED"]] },
  ],
  ["data that became null", { query: "query Nothing { broken { id } }" }, { outcome: "failed" }],
  [
    "a wrong variable",
    { query: "query Wrong($id: ID!) { product(id: $id) { id } }" },
    { outcome: "failed", code: "BAD_USER_INPUT", reads: [] },
  ],
];

describe("an operation", () => {
  it.each(cases)("is told alike at every door: %s", async (_what, asked, expected) => {
    const told: object[] = [];
    for (const ask of Object.values(doors)) {
      await using seen = await watched();
      await ask(seen.gateway, asked);
      expect(seen.ended).toHaveLength(1);
      expect(seen.refused).toEqual([]);
      expect(seen.running).toBe(0);
      told.push(...seen.ended.map(facts));
    }
    for (const each of told) expect(each).toEqual(told[0]);
    expect(told[0]).toMatchObject(expected);
  });

  it("says which door it came by, how long each stage took, and whether its plan was there", async () => {
    await using seen = await watched();
    for (const ask of Object.values(doors)) await ask(seen.gateway, { query: "query Same { me { name } }" });
    expect(seen.ended.map(({ door }) => door)).toEqual(["http", "http", "http", "sse", "websocket"]);
    expect(seen.ended.map(({ isPlanKnown }) => isPlanKnown)).toEqual([false, true, true, true, true]);
    for (const { ms, totalMs, bytes, fetches } of seen.ended) {
      const sum = ms.parse + ms.plan + ms.fetch + ms.write;
      expect(sum).toBeCloseTo(totalMs, 6);
      expect(Object.values(ms).every((each) => each > 0)).toBe(true);
      expect(fetches.every((fetch) => fetch.ms > 0 && fetch.ms <= totalMs)).toBe(true);
      expect(bytes).toBe('{"data":{"me":{"name":"Ada"}}}'.length);
    }
  });

  it("that joins an identical one under way counts, too, and has no reads of its own", async () => {
    const ended: OperationRecord[] = [];
    let begun = 0;
    const monitor: GatewayMonitor = { begun: () => begun++, ended: (record) => ended.push(record) };
    const untilAllAreThere = async (): Promise<void> => {
      while (begun < 10) await new Promise(setImmediate);
    };
    const subgraphs = shopGraph().subgraphs.map((subgraph: SubgraphTransport) => ({
      ...subgraph,
      readsHeaders: [],
      execute: async (request: SubgraphRequest) => {
        await untilAllAreThere();
        return subgraph.execute(request);
      },
    }));
    await using gateway = await openGateway({ subgraphs, options: { shareQueries: true, monitor } });
    const body = JSON.stringify({ query: "query Same { products { name reviews { body } } }" });
    const texts = await Promise.all(Array.from({ length: 10 }, async () => (await gateway.post(body)).text()));
    expect(new Set(texts).size).toBe(1);
    expect(ended).toHaveLength(10);
    const own = ended.filter(({ isShared }) => !isShared);
    expect(own).toHaveLength(1);
    for (const { isShared, fetches, name, bytes } of ended) {
      expect([name, bytes, fetches.length]).toEqual(["Same", own[0]?.bytes, isShared ? 0 : 2]);
    }
  });
});

describe("an operation whose client has gone", () => {
  it.each(["POST", "WebSocket"])("is told as cancelled, and so are its reads: %s", async (door) => {
    const ended: OperationRecord[] = [];
    let reading = 0;
    const monitor: GatewayMonitor = { fetchBegun: () => reading++, ended: (record) => ended.push(record) };
    const subgraphs = shopGraph().subgraphs.map((subgraph: SubgraphTransport) => ({
      ...subgraph,
      execute: ({ signal }: SubgraphRequest) =>
        new Promise<SubgraphResult>((resolve) => signal?.addEventListener("abort", () => resolve({ data: null }))),
    }));
    await using gateway = await openGateway({ subgraphs, options: { monitor } });
    const query = "query Left { me { id } }";
    const leaving = new AbortController();
    const client = gateway.socketClient();
    const socket = client.iterate({ query });
    const left =
      door === "WebSocket"
        ? socket.next()
        : fetch(`${gateway.url}/graphql`, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify({ query }),
            signal: leaving.signal,
          }).catch(() => undefined);
    while (reading === 0) await new Promise(setImmediate);
    if (door === "WebSocket") await socket.return?.();
    else leaving.abort();
    await left;
    while (ended.length === 0) await new Promise(setImmediate);
    expect(ended.map(facts)).toEqual([
      expect.objectContaining({
        ...{ name: "Left", outcome: "cancelled", code: "CANCELLED" },
        reads: [["opinions", "cancelled", "CANCELLED"]],
      }),
    ]);
    await client.dispose();
  });
});

describe("a request that comes to no operation", () => {
  it.each<[string, Asked, string]>([
    ["does not parse", { query: "query Broken {" }, "GRAPHQL_PARSE_FAILED"],
    ["does not fit the schema", { query: "query Unfit { nothing }" }, "GRAPHQL_VALIDATION_FAILED"],
    ["is beyond a limit", { query: `{ ${"me { friends { ".repeat(60)} id ${"} }".repeat(60)} }` }, "DOCUMENT_LIMIT"],
    ["has no document", { query: "" }, "BAD_REQUEST"],
  ])("is told by its code alone at every door: it %s", async (_what, asked, code) => {
    for (const [name, ask] of Object.entries(doors)) {
      await using seen = await watched();
      await ask(seen.gateway, asked);
      expect([name, seen.refused, seen.ended]).toEqual([name, [code], []]);
    }
  });
});

describe("a subscription", () => {
  it.each(["WebSocket", "server-sent events"])(
    "is told once when it opens, and its messages are not its reads: %s",
    async (door) => {
      const graph = shopGraph();
      const ended: OperationRecord[] = [];
      const messages: string[] = [];
      let open = 0;
      const monitor: GatewayMonitor = {
        ended: (record) => ended.push(record),
        message: (outcome) => messages.push(outcome),
        subscribed: () => {
          open++;
          return () => open--;
        },
      };
      await using gateway = await openGateway({ subgraphs: graph.subgraphs, options: { monitor } });
      const query = "subscription Live { reviewAdded { id author { name } } }";
      const client = gateway.socketClient();
      const stream = door === "WebSocket" ? client.iterate({ query }) : await gateway.events(query);
      const first = stream.next();
      while (open === 0) await new Promise(setImmediate);
      graph.reviewAdded.publish({ id: "r1", author: { id: "u1" } });
      await first;
      expect(ended.map(facts)).toEqual([
        expect.objectContaining({ type: "subscription", name: "Live", outcome: "ok", bytes: 0, reads: [] }),
      ]);
      expect(messages).toEqual(["ok"]);
      await ("response" in stream ? stream[Symbol.asyncDispose]() : stream.return?.());
      while (open > 0) await new Promise(setImmediate);
      await client.dispose();
    },
  );
});
