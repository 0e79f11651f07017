/** `onefold gateway` and the process that plans for it: one does not take the other with it, and none is left behind. */
import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  composeSmall,
  startGateway,
  startSmallSubgraph,
  untilVersion,
  type SmallSubgraphProcess,
} from "../support/gateway-program.ts";
import { ask } from "../support/onefold-program.ts";
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

/** Planners below a process, at any depth. */
function plannersOf(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => (isPlanner(child) ? [child] : plannersOf(child)));
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

function isPlanner(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("planner-program");
  } catch {
    return false;
  }
}

async function untilGone(pids: readonly number[]): Promise<void> {
  while (pids.some(isPlanner)) await sleep(10);
}

const joined = "{ people { name posts { title } } }";

describe("the planner of a running gateway", () => {
  it("may be killed at any moment: no request fails, and the next one is planned by another", async () => {
    await using gateway = await startGateway(["--supergraph", path]);
    const seen = new Set<number>();
    let failed = 0;
    for (let round = 0; round < 5; round++) {
      const planners = plannersOf(gateway.pid);
      const asked = Array.from({ length: 10 }, (_, n) =>
        ask(gateway.url, `{ people { n${round}_${n}: name posts { title } } }`),
      );
      for (const pid of planners) {
        seen.add(pid);
        process.kill(pid, "SIGKILL");
      }
      failed += (await Promise.all(asked)).filter(({ errors }) => errors !== undefined).length;
    }
    expect(failed).toBe(0);
    expect(seen.size).toBeGreaterThanOrEqual(5);
  });

  it.each(["SIGKILL", "SIGTERM", "SIGINT"] as const)("ends with the gateway, by %s", async (signal) => {
    await using gateway = await startGateway(["--supergraph", path]);
    await ask(gateway.url, joined);
    const planners = plannersOf(gateway.pid);
    expect(planners).toHaveLength(1);
    await gateway.stop(signal);
    await untilGone(planners);
  });

  it("ends with a worker, and is one for each", async () => {
    await using gateway = await startGateway(["--supergraph", path, "--workers", "2"]);
    const planners = plannersOf(gateway.pid);
    expect(planners).toHaveLength(2);
    await gateway.stop("SIGKILL");
    await untilGone(planners);
  });

  it("does not end by the signals of a terminal, which are the gateway's to answer", async () => {
    await using gateway = await startGateway(["--supergraph", path]);
    const planners = plannersOf(gateway.pid);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
      for (const pid of planners) process.kill(pid, signal);
    expect((await ask(gateway.url, joined)).errors).toBeUndefined();
    expect(plannersOf(gateway.pid)).toEqual(planners);
  });

  it("is replaced with the graph, and the one before ends once that is drained", async () => {
    await using gateway = await startGateway(["--supergraph", path]);
    const before = plannersOf(gateway.pid);
    await writeFile(path, composeSmall(subgraphs, 7));
    await untilVersion(gateway.url, 7);
    await untilGone(before);
    expect(plannersOf(gateway.pid)).toHaveLength(1);
    expect((await ask(gateway.url, joined)).errors).toBeUndefined();
  });
});
