/** The graph that changes while it serves: what is swapped in, what is refused, and what becomes of requests on their way. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { parse, type ExecutionResult } from "graphql";
import { composeSubgraphs } from "../../../gateway/compose.ts";
import { silentLogger } from "../../../gateway/gateway-logger.ts";
import type { GatewayMonitor, ReloadOutcome } from "../../../gateway/gateway-monitor.ts";
import type { OperationRequest } from "../../../gateway/operation-request.ts";
import { GraphKeeper } from "../../../gateway/reload/graph-keeper.ts";
import { gatewaySettings } from "../../../gateway/server/gateway-options.ts";
import { serveSmallSubgraph, smallSdl, type SmallSubgraph } from "../../support/small-subgraph.ts";
import { until } from "../fixtures/until.ts";

let people: SmallSubgraph;
let posts: SmallSubgraph;
let both: string;
let onlyPeople: string;

beforeAll(async () => {
  people = await serveSmallSubgraph("people");
  posts = await serveSmallSubgraph("posts");
  both = supergraph([people, posts]);
  onlyPeople = supergraph([people]);
});

afterAll(async () => {
  await people[Symbol.asyncDispose]();
  await posts[Symbol.asyncDispose]();
});

function supergraph(subgraphs: readonly SmallSubgraph[], of: (sdl: string) => string = (sdl) => sdl): string {
  return composeSubgraphs(subgraphs.map(({ name, url }) => ({ name, url, sdl: of(smallSdl[name]) })));
}

/** The same graph, told apart by a field. */
const numbered = (n: number): string =>
  supergraph([people, posts], (sdl) => sdl.replace("type Tick {", `type Tick { v${n}: Int`));

async function openKeeper(supergraphSdl: string, lingerMs = 0) {
  const reloads: ReloadOutcome[] = [];
  const said: string[] = [];
  const say = (details: object, message: string): void => void said.push(`${message} ${JSON.stringify(details)}`);
  const monitor: GatewayMonitor = { reloaded: (outcome) => void reloads.push(outcome) };
  const keeper = await GraphKeeper.open(supergraphSdl, {
    // An idle WebSocket stays, so that one that is closed was let go.
    optionsOf: ({ name, url }) => ({ name, url, idleTimeoutMs: 600_000 }),
    settings: gatewaySettings(undefined),
    logger: { ...silentLogger, info: say, error: say },
    ...{ monitor, lingerMs },
  });
  return { keeper, reloads, said, [Symbol.dispose]: () => keeper.close() };
}

function request(query: string, signal?: AbortSignal): OperationRequest {
  const context = { requestId: "r", headers: {}, wantsCursor: false, scope: {} };
  return {
    document: parse(query),
    operationName: undefined,
    variables: undefined,
    context,
    ...(signal !== undefined && { signal }),
  };
}

async function subscribe(keeper: GraphKeeper, query: string) {
  const stream = await keeper.graph.current.subscribe(request(query));
  if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream));
  return stream;
}

const allPeople = "{ people { id posts { id } } }";
const ticks = "subscription { ticks { n by { name } } }";

describe("a supergraph that is offered", () => {
  it("serves from then on, with the subgraphs that it names", async () => {
    using opened = await openKeeper(onlyPeople);
    const { keeper, reloads } = opened;
    expect(keeper.subgraphs).toEqual(["people"]);
    expect(await keeper.offer(both)).toBe("served");
    expect(keeper.subgraphs).toEqual(["people", "posts"]);
    const { data, errors } = await keeper.graph.current.execute(request(allPeople));
    expect(errors).toBeUndefined();
    expect((data as { people: unknown[] }).people).toHaveLength(5);
    expect(reloads).toEqual(["served"]);
  });

  it("changes nothing if it serves already", async () => {
    using opened = await openKeeper(both);
    const { current } = opened.keeper.graph;
    expect(await opened.keeper.offer(both)).toBe("same");
    expect(opened.keeper.graph.current).toBe(current);
    expect(opened.reloads).toEqual([]);
  });

  it("is taken in its turn: the one that was offered last serves in the end", async () => {
    using opened = await openKeeper(both);
    const offers = [1, 2, 3, 4].map((n) => opened.keeper.offer(n === 3 ? "{" : numbered(n)));
    expect(await Promise.all(offers)).toEqual(["served", "served", "refused", "served"]);
    expect(opened.keeper.graph.current.supergraphSdl).toBe(numbered(4));
    expect(opened.keeper.refusal).toBeNull();
  });

  it("asks a subgraph at its new address", async () => {
    await using moved = await serveSmallSubgraph("people");
    using opened = await openKeeper(both);
    expect(await opened.keeper.offer(supergraph([moved, posts]))).toBe("served");
    const before = people.asked.length;
    await opened.keeper.graph.current.execute(request("{ people { id } }"));
    expect(people.asked.length).toBe(before);
    expect(moved.asked).toHaveLength(1);
  });

  it("is warm for what was asked before: its first request is planned already", async () => {
    using opened = await openKeeper(both);
    await opened.keeper.graph.current.execute(request(allPeople));
    await opened.keeper.offer(numbered(1));
    const [frequent] = opened.keeper.graph.current.frequentOperations();
    expect(frequent?.text).toContain("posts");
  });
});

describe("a supergraph that cannot be served", () => {
  const cases: readonly (readonly [string, () => string, RegExp])[] = [
    ["is empty", () => " \n", /it is empty/],
    ["is cut within a word", () => both.slice(0, both.length - 20), /Syntax Error: .* \(line \d+, column \d+\)/],
    ["is cut between types", () => both.slice(0, both.indexOf("type Query")), /./],
    ["is no GraphQL", () => "<!doctype html>", /Syntax Error/],
    ["is one subgraph's SDL", () => smallSdl.people, /it is the SDL of one subgraph/],
    ["is what clients see", () => "type Query { people: [String] }", /looks like the schema that clients see/],
    ["names a subgraph that it does not have", () => both.replaceAll("graph: POSTS", "graph: NOBODY"), /NOBODY/],
    ["lacks a type that it needs", () => both.replace(/type Tick[^}]*}/, ""), /Tick/],
    ["breaks a rule of GraphQL", () => both.replace("  n: Int!", "  __n: Int!"), /"__n" must not begin with "__"/],
    [
      "gives a subgraph no address",
      () => both.replace(posts.url, "nowhere"),
      /no http:\/\/ or https:\/\/ URL: "nowhere"/,
    ],
  ];

  it.each(cases)("because it %s is refused with the reason, and the one before serves on", async (_, text, reason) => {
    using opened = await openKeeper(both);
    const { keeper, reloads, said } = opened;
    const { current } = keeper.graph;
    expect(await keeper.offer(text())).toBe("refused");
    expect(keeper.refusal).toMatch(reason);
    expect(keeper.graph.current).toBe(current);
    expect((await current.execute(request(allPeople))).errors).toBeUndefined();
    expect(reloads).toEqual(["refused"]);
    expect(said.filter((line) => line.startsWith("A new supergraph is refused"))).toHaveLength(1);
    expect(await keeper.offer(both)).toBe("same");
    expect(keeper.refusal).toBeNull();
    expect(said.at(-1)).toMatch(/^The supergraph that serves is offered again/);
  });

  it.each(cases)("because it %s is an error at the start", async (_, text, reason) => {
    await expect(openKeeper(text())).rejects.toThrow(reason);
  });

  it("is counted each time another one comes, though the reason is the same; a file that stays away is said once", async () => {
    using opened = await openKeeper(both);
    await opened.keeper.offer("{");
    await opened.keeper.offer("{ ");
    expect(opened.reloads).toEqual(["refused", "refused"]);
    for (let look = 0; look < 5; look++) opened.keeper.refuse(new Error("It is away."));
    expect(opened.reloads).toHaveLength(3);
    expect(opened.keeper.refusal).toBe("It is away.");
  });
});

describe("what was begun before a swap", () => {
  it("ends on the graph that it began on", async () => {
    using opened = await openKeeper(both);
    const before = opened.keeper.graph.current;
    const late = before.execute(request("{ late(ms: 200) posts { id } }"));
    await opened.keeper.offer(onlyPeople);
    const { data, errors } = await late;
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({ late: 200 });
  });

  it("goes on as a stream, with fields of subgraphs that the new graph does not have", async () => {
    using opened = await openKeeper(both);
    const stream = await subscribe(opened.keeper, ticks);
    const first = await stream.next();
    for (const next of [numbered(1), onlyPeople, both]) {
      expect(await opened.keeper.offer(next)).toBe("served");
      const { value, done } = await stream.next();
      expect(done).toBe(false);
      expect((value as ExecutionResult).errors).toBeUndefined();
    }
    expect(first.value).toMatchObject({ data: { ticks: { n: 0, by: { name: "Person 0" } } } });
    expect(posts.sockets).toBe(1);
    await opened.keeper.offer(onlyPeople);
    await stream.return(undefined);
    await until(() => posts.sockets === 0);
  });

  it("finds its subgraphs open, also where a door chose the graph just before the swap", async () => {
    using opened = await openKeeper(both, 60_000);
    const chosen = opened.keeper.graph.current;
    await opened.keeper.offer(onlyPeople);
    const stream = await chosen.subscribe(request(ticks));
    if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream));
    expect((await stream.next()).value).toMatchObject({ data: { ticks: { n: 0 } } });
    await stream.return(undefined);
  });

  it("breaks when the keeper is closed", async () => {
    const opened = await openKeeper(both);
    const stream = await subscribe(opened.keeper, ticks);
    await stream.next();
    await opened.keeper.offer(onlyPeople);
    opened.keeper.close();
    await until(() => posts.streams === 0);
    await stream.return(undefined);
  });
});

describe("a keeper that is closed", () => {
  it("takes nothing any more, and is silent", async () => {
    const { keeper, reloads, said } = await openKeeper(both);
    const offered = keeper.offer(numbered(1));
    keeper.close();
    expect(await offered).toBe("refused");
    keeper.refuse(new Error("It is away."));
    expect(reloads).toEqual([]);
    expect(said).toEqual([]);
  });
});
