/** `onefold gateway --workers`: processes that share a port, one of which may die at any moment. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  composeSmall,
  servedVersion,
  startGateway,
  startSmallSubgraph,
  untilReading,
  untilVersion,
  type RunningGateway,
  type SmallSubgraphProcess,
} from "../support/gateway-program.ts";
import { askData, runOnefold } from "../support/onefold-program.ts";
import { readPrometheusText } from "../support/prometheus-text.ts";
import { startLoad } from "../support/steady-load.ts";
import { openTemporaryFolder, type TemporaryFolder } from "../support/temporary-folder.ts";

let subgraphs: readonly SmallSubgraphProcess[];
let folder: TemporaryFolder;
let path: string;

beforeAll(async () => {
  subgraphs = await Promise.all([startSmallSubgraph("people"), startSmallSubgraph("posts")]);
  folder = await openTemporaryFolder();
  path = join(folder.path, "supergraph.graphql");
  await writeFile(path, composeSmall(subgraphs));
}, 120_000);

afterAll(async () => {
  await Promise.all(subgraphs.map((each) => each.kill()));
  await folder[Symbol.asyncDispose]();
});

const joined = "{ people { name posts { title } } }";

async function workersOf({ pid }: RunningGateway): Promise<readonly number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  return text.trim().split(" ").filter(Boolean).map(Number);
}

/** On a connection of its own, so that workers take turns. */
async function askAnew(url: string, query: string): Promise<unknown> {
  const answer = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", connection: "close" },
    body: JSON.stringify({ query }),
    signal: AbortSignal.timeout(5_000),
  });
  const json = (await answer.json()) as { data?: unknown; errors?: unknown };
  if (json.errors !== undefined) throw new Error(JSON.stringify(json));
  return json.data;
}

describe("workers", () => {
  it("share a port and its load, and show their metrics side by side", async () => {
    await using gateway = await startGateway(["--supergraph", path, "--workers", "2"]);
    const expected = JSON.stringify(await askData(gateway.url, joined));
    const answers = await Promise.all(Array.from({ length: 40 }, () => askAnew(gateway.url, joined)));
    expect(new Set(answers.map((data) => JSON.stringify(data)))).toEqual(new Set([expected]));
    const { value } = readPrometheusText(await gateway.metrics());
    const counted = ["1", "2"].map((process) =>
      value("onefold_gateway_requests_total", { process, type: "query", outcome: "ok" }),
    );
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe(41);
    expect(Math.min(...counted)).toBeGreaterThan(0);
    expect(
      value("onefold_event_loop_lag_seconds", { process: "2", thread: "main", quantile: "1" }),
    ).toBeGreaterThanOrEqual(0);
  });

  it("watch the file each for itself", async () => {
    const own = join(folder.path, "own.graphql");
    await writeFile(own, composeSmall(subgraphs));
    await using gateway = await startGateway(["--supergraph", own, "--workers", "2"]);
    await writeFile(own, composeSmall(subgraphs, 1));
    for (let inARow = 0; inARow < 6; inARow++) if ((await servedVersion(gateway.url)) !== 1) inARow = -1;
    const { samples } = readPrometheusText(await gateway.metrics());
    const reloads = samples.filter(({ name }) => name === "onefold_gateway_reloads_total");
    expect(reloads.map(({ labels, value }) => [labels["process"], labels["outcome"], value]).sort()).toEqual([
      ["1", "served", 1],
      ["2", "served", 1],
    ]);
  });

  it("that are killed lose what they were answering, and are replaced while the others go on", async () => {
    await using gateway = await startGateway(["--supergraph", path, "--workers", "2"]);
    const before = await workersOf(gateway);
    expect(before).toHaveLength(2);
    const load = startLoad(40, () => askAnew(gateway.url, joined));
    const kills = 2;
    let mayFail = 0;
    for (let kill = 0; kill < kills; kill++) {
      const [worker = 0] = await workersOf(gateway);
      const { sent } = load;
      while (load.sent < sent + 15) await new Promise((resolve) => setImmediate(resolve));
      // Those on their way, and one that was being handed to it.
      mayFail += load.open + 1;
      process.kill(worker, "SIGKILL");
      const { warnings } = await gateway.untilHealth((health) => health.warnings.length > 0);
      expect(warnings).toEqual(["1 of 2 workers do not serve."]);
      await gateway.untilHealth(({ warnings }) => warnings.length === 0);
    }
    // Who was handed to a worker that was killed learns it by a time limit.
    await load.stop();
    expect(load.failures.length).toBeLessThanOrEqual(mayFail);
    expect(load.answered).toBe(load.sent - load.failures.length);
    const later = startLoad(40, () => askAnew(gateway.url, joined));
    while (later.sent < 20) await new Promise((resolve) => setImmediate(resolve));
    await later.stop();
    expect(later.failures).toEqual([]);
    const after = await workersOf(gateway);
    expect(after).toHaveLength(2);
    expect(gateway.log().split("A worker ended by itself")).toHaveLength(kills + 1);
    expect(await gateway.stop()).toBe(0);
    for (const worker of after) expect(() => process.kill(worker, 0)).toThrow("ESRCH");
  }, 120_000);

  it("that start again while the file is cut serve what was served before", async () => {
    const own = join(folder.path, "cut.graphql");
    await writeFile(own, composeSmall(subgraphs));
    await using gateway = await startGateway(["--supergraph", own, "--workers", "2"]);
    await writeFile(own, composeSmall(subgraphs).slice(0, 500));
    await gateway.untilHealth(({ warnings }) => warnings.some((text) => text.includes("Syntax Error")));
    const before = await workersOf(gateway);
    for (const worker of before) {
      process.kill(worker, "SIGKILL");
      await untilReplaced(gateway, worker);
    }
    for (let round = 0; round < 6; round++) expect(await askAnew(gateway.url, joined)).toBeDefined();
    expect((await gateway.health()).warnings[0]).toContain("Syntax Error");
    await writeFile(own, composeSmall(subgraphs, 2));
    await gateway.untilHealth(({ warnings }) => warnings.length === 0);
    await untilVersion(gateway.url, 2);
  }, 120_000);

  it("finish answers on their way when all are told to end", async () => {
    await using gateway = await startGateway(["--supergraph", path, "--workers", "2"]);
    const late = Array.from({ length: 4 }, () => askAnew(gateway.url, "{ late(ms: 1000) }"));
    await untilReading(gateway, late.length);
    expect(await gateway.stop("SIGTERM")).toBe(0);
    expect(await Promise.all(late)).toEqual(late.map(() => ({ late: 1000 })));
  });

  it("that cannot start say why once, and all end", async () => {
    const empty = join(folder.path, "empty.graphql");
    await writeFile(empty, "");
    const result = await runOnefold(["gateway", "--supergraph", empty, "--port", "0", "--workers", "3"]);
    expect(result.code).toBe(3);
    expect(result.stderr.split("it is empty")).toHaveLength(2);
  });
});

async function untilReplaced(gateway: RunningGateway, worker: number): Promise<void> {
  for (;;) {
    const now = await workersOf(gateway);
    if (now.length === 2 && !now.includes(worker)) break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await gateway.untilHealth(({ warnings }) => !warnings.some((text) => text.includes("do not serve")));
}
