/** `onefold gateway` as a platform team runs it: subgraphs of another house, each a process, and a supergraph file. */
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  composeSmall,
  startGateway,
  startSmallSubgraph,
  untilReading,
  untilVersion,
  type SmallSubgraphProcess,
} from "../support/gateway-program.ts";
import { ask, askData, runOnefold } from "../support/onefold-program.ts";
import { subscribeByEvents, subscribeByWebSocket } from "../support/open-subscription.ts";
import { readPrometheusText } from "../support/prometheus-text.ts";
import { smallSdl } from "../support/small-subgraph.ts";
import { openTemporaryFolder } from "../support/temporary-folder.ts";

let people: SmallSubgraphProcess;
let posts: SmallSubgraphProcess;

beforeAll(async () => {
  [people, posts] = await Promise.all([startSmallSubgraph("people"), startSmallSubgraph("posts")]);
}, 120_000);

afterAll(() => Promise.all([people.kill(), posts.kill()]));

const joined = "{ people { name posts { title by { born } } } }";
const ticks = "subscription { ticks { n by { name } } }";

async function openGraph(args: readonly string[] = []) {
  const folder = await openTemporaryFolder();
  const path = join(folder.path, "supergraph.graphql");
  await writeFile(path, composeSmall([people, posts]));
  const gateway = await startGateway(["--supergraph", path, ...args]);
  return {
    ...{ path, gateway },
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

describe("a gateway over a supergraph file", () => {
  it("answers over HTTP, WebSocket and server-sent events with fields of all subgraphs", async () => {
    await using graph = await openGraph();
    const { url } = graph.gateway;
    const data = (await askData(url, joined)) as { people: { name: string; posts: unknown[] }[] };
    expect(data.people).toHaveLength(5);
    expect(data.people[3]).toEqual({
      name: "Person 3",
      posts: [
        { title: "Post 1", by: { born: 1993 } },
        { title: "Post 2", by: { born: 1993 } },
      ],
    });
    await using bySocket = subscribeByWebSocket(url, ticks);
    await using byEvents = subscribeByEvents(url, ticks);
    for (const stream of [bySocket, byEvents]) {
      expect(await stream.next()).toEqual({ data: { ticks: { n: 0, by: { name: "Person 0" } } } });
      expect(await stream.next()).toEqual({ data: { ticks: { n: 1, by: { name: "Person 1" } } } });
    }
    expect(await graph.gateway.health()).toEqual({ code: 200, status: "ok", warnings: [] });
  });

  it("serves a file that takes its name, says so, and keeps streams that are open", async () => {
    await using graph = await openGraph();
    const { gateway, path } = graph;
    await using stream = subscribeByWebSocket(gateway.url, ticks);
    await stream.next();
    expect((await ask(gateway.url, "{ version1 }")).errors?.[0]?.extensions?.["code"]).toBe(
      "GRAPHQL_VALIDATION_FAILED",
    );
    await writeFile(`${path}.next`, composeSmall([people, posts], 1));
    await rename(`${path}.next`, path);
    await untilVersion(gateway.url, 1);
    const { data } = await stream.next();
    expect(data).toMatchObject({ ticks: { by: { name: expect.any(String) } } });
    expect(gateway.log()).toContain("A new supergraph serves.");
    const { value } = readPrometheusText(await gateway.metrics());
    expect(value("onefold_gateway_reloads_total", { outcome: "served" })).toBe(1);
  });

  it("finishes answers on their way when it is told to end", async () => {
    await using graph = await openGraph();
    const late = askData(graph.gateway.url, "{ late(ms: 1000) }");
    await untilReading(graph.gateway, 1);
    expect(await graph.gateway.stop("SIGTERM")).toBe(0);
    expect(await late).toEqual({ late: 1000 });
  });
});

describe("a gateway over subgraphs by their addresses", () => {
  it("composes them, and serves what one of them offers anew", async () => {
    await using moved = await startSmallSubgraph("people");
    const addresses = [moved, posts].flatMap(({ name, url }) => ["--subgraph", `${name}=${url}`]);
    await using gateway = await startGateway(addresses);
    expect(await ask(gateway.url, joined)).toMatchObject({ data: { people: [{ name: "Person 0" }, {}, {}, {}, {}] } });
    await fetch(moved.url, { method: "PUT", body: smallSdl.people.replace("born: Int", "") });
    while ((await ask(gateway.url, "{ people { born } }")).errors === undefined) continue;
    await fetch(moved.url, {
      method: "PUT",
      body: smallSdl.people.replace("id: ID! name", "id: ID! name: Nothing nick"),
    });
    const { warnings } = await gateway.untilHealth(({ warnings }) => warnings.length > 0);
    expect(warnings[0]).toContain("The subgraphs do not compose");
    expect(await askData(gateway.url, "{ people { name } }")).toBeDefined();
    await fetch(moved.url, { method: "PUT", body: smallSdl.people });
    await gateway.untilHealth(({ warnings }) => warnings.length === 0);
    expect(await askData(gateway.url, joined)).toBeDefined();
  });

  it("goes on while one of them is away, and says once that it is", async () => {
    await using leaving = await startSmallSubgraph("people");
    const addresses = [leaving, posts].flatMap(({ name, url }) => ["--subgraph", `${name}=${url}`]);
    await using gateway = await startGateway(addresses);
    await leaving.kill();
    while (!gateway.log().includes("does not tell what it offers")) await ask(gateway.url, "{ posts { id } }");
    expect(await askData(gateway.url, "{ posts { id } }")).toBeDefined();
    await using _back = await startSmallSubgraph("people", leaving.port);
    while (!gateway.log().includes("A subgraph tells again")) await ask(gateway.url, "{ posts { id } }");
    expect(gateway.log().split("does not tell what it offers")).toHaveLength(2);
    expect(await askData(gateway.url, joined)).toBeDefined();
  });
});

describe("a gateway that cannot start", () => {
  const cases: readonly (readonly [string, string | null, number, string])[] = [
    ["there is no such file", null, 1, "cannot be read (ENOENT)"],
    ["the file is empty", "", 3, "The supergraph cannot be served: it is empty."],
    ["the file is cut", "type Query {", 3, "(line 1, column 13)"],
    ["it is the SDL of a subgraph", smallSdl.people, 3, "--subgraph NAME=URL"],
    ["it is an API schema", "type Query { a: Int }", 3, "not the API schema made of it"],
  ];

  it.each(cases)("because %s says why and ends", async (_, text, code, said) => {
    await using folder = await openTemporaryFolder();
    const path = join(folder.path, "supergraph.graphql");
    if (text !== null) await writeFile(path, text);
    const result = await runOnefold(["gateway", "--supergraph", path, "--port", "0"]);
    expect(result.code).toBe(code);
    expect(result.stderr).toContain(said);
    expect(result.stdout).toBe("");
  });

  it("because its port is taken says so", async () => {
    await using graph = await openGraph();
    const { port } = new URL(graph.gateway.url);
    const result = await runOnefold(["gateway", "--supergraph", graph.path, "--port", port]);
    expect([result.code, result.stderr]).toEqual([4, expect.stringContaining("is already in use")]);
  });

  it.each([
    ["without a graph", [], "Give --supergraph FILE, or --subgraph NAME=URL"],
    ["with a subgraph twice", ["--subgraph", "a=http://a", "--subgraph", "a=http://b"], "gives a two addresses"],
    ["with a subgraph that has no name", ["--subgraph", "http://a"], "takes NAME=URL"],
    ["with no workers", ["--subgraph", "a=http://a", "--workers", "0"], "a whole number from 1"],
  ])("because it is called %s says what is wrong", async (_, args, said) => {
    const result = await runOnefold(["gateway", ...args]);
    expect([result.code, result.stderr]).toEqual([2, expect.stringContaining(said)]);
  });
});
