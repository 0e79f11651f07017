/** The short way of the HTTP door answers as Apollo Server does; identical queries that are under way at once are run once. */
import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, it } from "@jest/globals";
import type { GatewayMonitor } from "../../../gateway/gateway-monitor.ts";
import type { SubgraphTransport } from "../../../gateway/subgraph-transport.ts";
import { openGateway } from "../fixtures/gateway-client.ts";
import { shopGraph } from "../fixtures/shop-graph.ts";
import { until } from "../fixtures/until.ts";

const subgraphsOf = (graph: ReturnType<typeof shopGraph>): readonly SubgraphTransport[] => graph.subgraphs;

/** What only the long way takes, since it weighs preferences; both answer with application/json. */
const longWay = { accept: "application/json;q=0.9" };

describe("the short way", () => {
  it.each<[string, unknown]>([
    ["a query", { query: "{ products { id name price } }" }],
    ["a query with errors beside data", { query: "{ broken { id } products { id } }" }],
    ["data that became null", { query: "{ broken { id } }" }],
    [
      "a query over subgraphs",
      { query: "{ me { name favourite { __typename } } products { id reviews { body author { name } } } }" },
    ],
    ["a named operation of two", { query: "query A { me { id } } query B { me { name } }", operationName: "B" }],
    ["no name for two operations", { query: "query A { me { id } } query B { me { name } }" }],
    ["an unknown name", { query: "query A { me { id } }", operationName: "C" }],
    ["an empty name", { query: "query A { me { id } }", operationName: "" }],
    ["variables", { query: "query ($id: ID!) { product(id: $id) { name } }", variables: { id: "1" } }],
    ["wrong variables", { query: "query ($id: ID!) { product(id: $id) { name } }", variables: { id: [] } }],
    ["variables that are no object", { query: "{ me { id } }", variables: "x" }],
    ["a list of variables", { query: "{ me { id } }", variables: [1] }],
    ["a mutation", { query: 'mutation { addProduct(name: "x") { name } }' }],
    ["introspection", { query: "{ __schema { queryType { name } } __typename }" }],
    ["a subscription", { query: "subscription { reviewAdded { id } }" }],
    ["a document that does not parse", { query: "{" }],
    ["a document that is not valid", { query: "{ nothing }" }],
    ["no query", {}],
    ["an empty query", { query: "" }],
    ["null", null],
    ["extensions that are no object", { query: "{ me { id } }", extensions: 1 }],
    ["a persisted query that nobody knows", { extensions: { persistedQuery: { version: 1, sha256Hash: "0" } } }],
    ["a cursor that is asked for", { query: "{ me { id } }", extensions: { onefold: { cursor: true } } }],
  ])("answers %s as the long way does", async (_what, body) => {
    const answers = await Promise.all(
      [{}, longWay].map(async (headers) => {
        await using gateway = await openGateway({ subgraphs: subgraphsOf(shopGraph()) });
        const response = await gateway.post(JSON.stringify(body), headers);
        const type = response.headers.get("content-type");
        const text = await response.text();
        const json: unknown = text.startsWith("{") ? JSON.parse(text) : text;
        return { status: response.status, type, json, requestId: response.headers.has("x-request-id") };
      }),
    );
    const [short, long] = answers.map(
      (answer) => JSON.parse(JSON.stringify(answer).replaceAll(/"requestId":"[^"]+"/g, '""')) as unknown,
    );
    expect(short).toEqual(long);
  });
});

describe("identical queries that are under way at once", () => {
  /** Subgraphs that read one header, count what they are asked, and answer once so many requests have begun. */
  function counted(graph: ReturnType<typeof shopGraph>, requests: number) {
    const asked: string[] = [];
    const counts = { begun: 0 };
    const monitor: GatewayMonitor = { begun: () => counts.begun++ };
    const subgraphs = subgraphsOf(graph).map((subgraph) => ({
      ...subgraph,
      readsHeaders: ["authorization"],
      execute: async (request: Parameters<SubgraphTransport["execute"]>[0]) => {
        asked.push(request.context.headers["authorization"] ?? "nobody");
        await until(() => counts.begun >= requests);
        return subgraph.execute(request);
      },
    }));
    return { subgraphs, asked, monitor, counts };
  }
  const query = JSON.stringify({ query: "{ me { id } }" });
  const mutation = JSON.stringify({ query: 'mutation { addProduct(name: "x") { name } }' });

  it("are run once for all who send the same headers, and again for others and later", async () => {
    const { subgraphs, asked, monitor } = counted(shopGraph(), 20);
    await using gateway = await openGateway({ subgraphs, options: { shareQueries: true, monitor } });
    const ask = async (authorization: string): Promise<string> => (await gateway.post(query, { authorization })).text();
    const texts = await Promise.all(Array.from({ length: 20 }, (_, i) => ask(i % 2 === 0 ? "ada" : "ben")));
    expect(new Set(texts).size).toBe(1);
    expect([...asked].sort()).toEqual(["ada", "ben"]);
    await ask("ada");
    expect(asked).toHaveLength(3);
  });

  it("are not ended for the others by one who leaves", async () => {
    const { subgraphs, asked, monitor, counts } = counted(shopGraph(), 3);
    await using gateway = await openGateway({ subgraphs, options: { shareQueries: true, monitor } });
    const leaving = connect({ port: Number(new URL(gateway.url).port), host: "127.0.0.1" });
    const head = ["POST /graphql HTTP/1.1", "host: x", "content-type: application/json"];
    leaving.write([...head, `content-length: ${query.length}`, "", query].join("\r\n"));
    await until(() => counts.begun === 1);
    const stays = gateway.post(query);
    await until(() => counts.begun === 2);
    // The server closes its side once it has seen that the client has gone.
    leaving.end();
    await once(leaving, "close");
    counts.begun = 3;
    expect(await (await stays).json()).toEqual({ data: { me: { id: "u1" } } });
    expect(asked).toHaveLength(1);
  });

  it("are each run where they write, where nobody asked for sharing, and where a subgraph may read any header", async () => {
    for (const [body, shareQueries, readsHeaders] of [
      [mutation, true, ["authorization"]],
      [query, false, ["authorization"]],
      [query, true, undefined],
    ] as const) {
      const { subgraphs, asked, monitor } = counted(shopGraph(), 3);
      const transports = subgraphs.map(({ readsHeaders: _, ...subgraph }) => ({
        ...subgraph,
        ...(readsHeaders !== undefined && { readsHeaders }),
      }));
      await using gateway = await openGateway({ subgraphs: transports, options: { shareQueries, monitor } });
      await Promise.all(Array.from({ length: 3 }, async () => (await gateway.post(body)).text()));
      expect(asked).toHaveLength(3);
    }
  });
});
