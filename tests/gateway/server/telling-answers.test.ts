/** What an answer tells of how it was made, where it is asked for: the query plan in development, and `Server-Timing`. */
import { describe, expect, it } from "@jest/globals";
import type { GatewayOptions } from "../../../gateway/server/gateway-options.ts";
import { openGateway, type TestGateway } from "../fixtures/gateway-client.ts";
import { shopGraph } from "../fixtures/shop-graph.ts";

const open = (options: GatewayOptions): Promise<TestGateway> =>
  openGateway({ subgraphs: shopGraph().subgraphs, options });

const query = "query Wide { products(first: 1) { name reviews { body } } }";
const planExtension = { onefold: { plan: true } };

interface Told {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions?: Readonly<Record<string, unknown>> }[];
  readonly extensions?: { readonly onefold?: { readonly plan?: { readonly text: string; readonly plans: unknown[] } } };
}

type Ask = (gateway: TestGateway, query: string) => Promise<Told>;

const asked: Readonly<Record<string, Ask>> = {
  "by extension": async (gateway, text) => (await gateway.ask(text, undefined, { extensions: planExtension })) as Told,
  "by header": async (gateway, text) =>
    (await gateway.ask(text, undefined, { headers: { "onefold-plan": "true" } })) as Told,
  "by GET": async (gateway, text) => {
    const search = new URLSearchParams({ query: text, extensions: JSON.stringify(planExtension) });
    return (await (await fetch(`${gateway.url}/graphql?${search.toString()}`)).json()) as Told;
  },
  "by server-sent events": async (gateway, text) => {
    await using stream = await gateway.events(text, { extensions: planExtension });
    return (await stream.next())?.data as Told;
  },
  "over WebSocket": async (gateway, text) => {
    const client = gateway.socketClient();
    const stream = client.iterate({ query: text, extensions: planExtension });
    const { value } = (await stream.next()) as { value: Told };
    await client.dispose();
    return value;
  },
};

describe("a query plan", () => {
  it.each(Object.entries(asked))(
    "is shown in development beside the data, as text and as a tree: %s",
    async (_door, ask) => {
      await using gateway = await open({ development: true });
      const { data, extensions } = await ask(gateway, query);
      expect(data).toEqual({ products: [{ name: "Chair", reviews: [{ body: "Good" }, { body: "Bad" }] }] });
      const { text, plans } = extensions?.onefold?.plan ?? { text: "", plans: [] };
      expect(text.split("\n").map((line) => line.trim())).toEqual(
        expect.arrayContaining(["Sequence {", "Fetch from catalog {", "Fetch from opinions {"]),
      );
      expect(text).toMatch(/for products\.@: \{ .*\bid\b.* \}/);
      expect(plans).toEqual([expect.objectContaining({ kind: "Sequence" })]);
    },
  );

  it.each(Object.entries(asked))("is refused elsewhere, and nothing is run: %s", async (door, ask) => {
    const graph = shopGraph();
    await using gateway = await openGateway({ subgraphs: graph.subgraphs });
    const writes = 'mutation { addProduct(name: "x") { name } }';
    const { data, errors } = await ask(gateway, door === "by GET" ? query : writes);
    expect(data ?? null).toBeNull();
    expect(errors).toEqual([
      expect.objectContaining({
        message: "Query plans are shown in development only.",
        extensions: { code: "BAD_REQUEST" },
      }),
    ]);
    expect(graph.log).toEqual([]);
  });

  it("is not there where nobody asks, and says where no subgraph is asked", async () => {
    await using gateway = await open({ development: true });
    expect(await gateway.ask("{ me { id } }")).toEqual({ data: { me: { id: "u1" } } });
    const { extensions } = (await gateway.ask("{ __typename }", undefined, { extensions: planExtension })) as Told;
    expect(extensions?.onefold?.plan).toEqual({ text: "Nothing is asked of any subgraph.\n", plans: [] });
  });

  it("of an identical query that is under way is not given to who did not ask", async () => {
    const subgraphs = shopGraph().subgraphs.map((subgraph) => ({ ...subgraph, readsHeaders: [] }));
    await using gateway = await openGateway({ subgraphs, options: { development: true, shareQueries: true } });
    const answers = await Promise.all(
      [true, false, true, false].map((wants) =>
        gateway.ask(query, undefined, wants ? { extensions: planExtension } : {}),
      ),
    );
    expect(answers.map(({ extensions }) => extensions !== undefined)).toEqual([true, false, true, false]);
  });
});

describe("Server-Timing", () => {
  const timing = async (
    gateway: TestGateway,
    headers: Record<string, string>,
    text = query,
  ): Promise<string | null> => {
    const response = await gateway.post(JSON.stringify({ query: text }), headers);
    await response.arrayBuffer();
    return response.headers.get("server-timing");
  };
  const ask = { "onefold-timing": "true" };
  const whole =
    /^parse;dur=[\d.]+, plan;dur=[\d.]+(;desc="known")?, fetch;dur=[\d.]+, write;dur=[\d.]+, total;dur=[\d.]+, subgraph;dur=[\d.]+;desc="catalog", subgraph;dur=[\d.]+;desc="opinions"$/;

  it.each<[string, GatewayOptions, Record<string, string>, boolean]>([
    ["never by itself", {}, ask, false],
    ["if asked", { serverTiming: "asked" }, ask, true],
    ["not if not asked", { serverTiming: "asked" }, {}, false],
    ["always", { serverTiming: "always" }, {}, true],
    ["if asked, in development", { development: true }, ask, true],
  ])("is told %s, on both ways", async (_when, options, headers, isTold) => {
    await using gateway = await open(options);
    for (const way of [{}, { accept: "application/json;q=0.9" }]) {
      const told = await timing(gateway, { ...headers, ...way });
      if (isTold) expect(told).toMatch(whole);
      else expect(told).toBeNull();
    }
  });

  it("is told with errors, too, and not of a request that came to no operation", async () => {
    await using gateway = await open({ serverTiming: "always" });
    expect(await timing(gateway, {}, "{ reviewsFail { id } }")).toContain('desc="opinions"');
    expect(await timing(gateway, {}, "{ nothing }")).toBeNull();
  });
});
