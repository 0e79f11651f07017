/** Identical requests that are under way at once share an answer where who asks makes no difference, and never where it does. */
import { describe, expect, it } from "@jest/globals";
import type { SubgraphTransport } from "../../../gateway/index.ts";
import { openGateway, type TestGateway } from "../fixtures/gateway-client.ts";
import { asWho, guardedGraph, whoHook, type Who } from "../fixtures/guarded-graph.ts";

/** Holds answers back until as many requests as are given have come to the door. */
async function openShared(more: Partial<SubgraphTransport> = {}) {
  const graph = guardedGraph();
  let release: () => void = () => {};
  const subgraphs = graph.subgraphs.map((subgraph) => {
    const { name, sdl } = subgraph;
    const transport: SubgraphTransport = {
      ...{ name, sdl, readsHeaders: [], ...more },
      execute: async (request) => {
        await new Promise<void>((resolve) => {
          const before = release;
          release = () => {
            before();
            resolve();
          };
        });
        return subgraph.execute(request);
      },
      subscribe: (request) => subgraph.subscribe(request),
    };
    return transport;
  });
  let arrived = 0;
  const gateway = await openGateway({
    subgraphs,
    options: {
      shareQueries: true,
      introspection: "authenticated",
      authorize: async (credentials) => {
        arrived++;
        return whoHook(credentials);
      },
    },
  });
  return { ...{ graph, gateway }, release: () => release(), arrived: () => arrived };
}

type Shared = Awaited<ReturnType<typeof openShared>>;

const ask = (gateway: TestGateway, query: string, who: Who | undefined) =>
  gateway.ask(query, undefined, who === undefined ? {} : { headers: asWho(who) });

/** Asks at once, and answers how often the subgraph was asked. */
async function together(
  { gateway, graph, release, arrived }: Shared,
  query: string,
  everyone: readonly (Who | undefined)[],
) {
  graph.staff.requests.length = 0;
  const before = arrived();
  const answers = everyone.map((who) => ask(gateway, query, who));
  let isOver = false;
  const all = Promise.all(answers).finally(() => (isOver = true));
  // Answers are let go only once all have come, so that who may share does.
  while (arrived() < before + everyone.length) await new Promise(setImmediate);
  await new Promise((resolve) => setTimeout(resolve, 30));
  while (!isOver) {
    release();
    await new Promise(setImmediate);
  }
  return { data: (await all).map(({ data }) => data), reads: graph.staff.requests.length };
}

describe("identical queries under way at once", () => {
  it("are one for all where nothing depends on who asks, and for those who may have the same", async () => {
    const shared = await openShared();
    await using _gateway = shared.gateway;
    const open = await together(shared, "{ open }", [undefined, {}, { scopes: ["admin"] }, { claims: { sub: "x" } }]);
    expect(open).toEqual({ data: Array.from({ length: 4 }, () => ({ open: 1 })), reads: 1 });

    const paid = await together(shared, "{ people { salary } }", [
      ...[undefined, {}, { scopes: ["pay:read"] }],
      ...[{ scopes: ["admin"] }, { scopes: ["pay:read", "staff:read"] }],
    ]);
    const none = { people: [{ salary: null }, { salary: null }] };
    const all = { people: [{ salary: 7 }, { salary: 5 }] };
    expect(paid).toEqual({ data: [none, none, none, all, all], reads: 2 });
  });

  it("are never one for those of whom one may have more, in any order", async () => {
    const shared = await openShared();
    await using _gateway = shared.gateway;
    const query = "{ people { email mood } }";
    const who: readonly (Who | undefined)[] = [{ policies: ["friend"] }, undefined, {}, { policies: ["boss"] }];
    const { data } = await together(shared, query, [...who, ...who.toReversed()]);
    const seen = data.map((one) => (one as { people: readonly object[] }).people[0]);
    const email = "ada@example.com";
    const expected = [
      { email, mood: "fine" },
      { email: null, mood: null },
      { email, mood: null },
      { email, mood: null },
    ];
    expect(seen).toEqual([...expected, ...expected.toReversed()]);
  });

  it("are apart by the claims that subgraphs are told, and by no others", async () => {
    const shared = await openShared({ readsClaims: ["org.tenant"] });
    await using _gateway = shared.gateway;
    const tenant = (tenant: unknown, sub: string): Who => ({ claims: { sub, org: { tenant } } });
    const everyone = [tenant(1, "a"), tenant(1, "b"), tenant("1", "c"), tenant(2, "d"), undefined, { claims: {} }];
    expect((await together(shared, "{ open }", everyone)).reads).toBe(4);
  });

  it("do not share an introspection that one of them may not have", async () => {
    const shared = await openShared();
    await using _gateway = shared.gateway;
    const { data } = await together(shared, "{ open __schema { description } }", [{}, undefined, {}]);
    expect(data).toEqual([
      { open: 1, __schema: { description: null } },
      undefined,
      { open: 1, __schema: { description: null } },
    ]);
  });

  it("go by one decision of policies, though it changes meanwhile", async () => {
    const graph = guardedGraph();
    let holds = false;
    const principal = {
      claims: {},
      policies: (names: readonly string[]) => {
        const held = holds ? names : [];
        holds = !holds;
        return held;
      },
    };
    await using gateway = await openGateway({
      subgraphs: graph.subgraphs.map(({ name, sdl, execute, subscribe }) => ({
        name,
        sdl,
        execute,
        subscribe,
        readsHeaders: [],
      })),
      options: { shareQueries: true, authorize: () => principal },
    });
    for (const stamp of [null, "now", null, "now"]) expect((await gateway.ask("{ stamp }")).data).toEqual({ stamp });
  });
});
