/** Planning in processes of their own: what a planner does to itself, and what becomes of those who wait. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { PlannerPool, type PlannerPoolOptions } from "../../../gateway/planning/planner-pool.ts";
import { until } from "../fixtures/until.ts";

/** A planner whose operations say what it does: the plan of any other one is its own text and the supergraph's. */
const fakePlanner = `
exports.QueryPlanner = class {
  constructor(sdl) {
    if (sdl === "abort") process.abort();
    if (sdl === "wrong") throw new Error("no supergraph");
    this.sdl = sdl;
  }
  async planAsync(operation) {
    await new Promise(setImmediate);
    if (operation.startsWith("abort")) process.abort();
    if (operation.startsWith("spin")) for (;;);
    if (operation.startsWith("sleep")) await new Promise(() => setTimeout(() => {}, 2 ** 30));
    if (operation.startsWith("exit")) process.kill(process.pid, "SIGKILL");
    if (operation.startsWith("wait")) await new Promise((done) => setTimeout(done, 300));
    if (operation.startsWith("long")) return { node: { text: "x".repeat(17_000_000) } };
    if (operation.startsWith("fail")) throw new Error("no way");
    if (operation.startsWith("none")) return {};
    if (operation.startsWith("eat")) {
      const eaten = [];
      for (;;) {
        eaten.push(Buffer.alloc(8_000_000, 1));
        await new Promise(setImmediate);
      }
    }
    return { node: { operation, sdl: this.sdl, pid: process.pid } };
  }
};`;

interface FakePlan {
  readonly operation: string;
  readonly sdl: string;
  readonly pid: number;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "planner-"));
  await writeFile(join(folder, "fake.cjs"), fakePlanner);
});
afterAll(() => rm(folder, { recursive: true }));

interface OpenPool extends Disposable {
  readonly pool: PlannerPool;
  readonly plan: (operation: string) => Promise<FakePlan>;
}

function openPool(options: PlannerPoolOptions = {}): OpenPool {
  const pool = new PlannerPool({ plannerModule: join(folder, "fake.cjs"), maxProcesses: 1, ...options });
  pool.add("g", "graph");
  return {
    pool,
    plan: (operation) => pool.plan("g", operation) as Promise<FakePlan>,
    [Symbol.dispose]: () => pool.close(),
  };
}

/** The code that each operation is refused with, or "". */
async function codesOf({ plan }: OpenPool, operations: readonly string[]): Promise<string[]> {
  const settled = await Promise.allSettled(operations.map(plan));
  return settled.map((one) => (one.status === "rejected" ? (one.reason as { readonly code: string }).code : ""));
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe("a planner of its own process", () => {
  it("plans operations over its graphs, all in one process", async () => {
    using planner = openPool();
    planner.pool.add("h", "another");
    const plans = await Promise.all([planner.plan("a"), planner.plan("b"), planner.pool.plan("h", "c")]);
    const pid = planner.pool.pids[0];
    expect(plans).toEqual([
      { operation: "a", sdl: "graph", pid },
      { operation: "b", sdl: "graph", pid },
      { operation: "c", sdl: "another", pid },
    ]);
    expect(await planner.plan("none")).toBeNull();
  });

  it("hands on what it says of an operation or a graph, and goes on in the same process", async () => {
    using planner = openPool();
    planner.pool.add("w", "wrong");
    const { pid } = await planner.plan("a");
    await expect(planner.plan("fail")).rejects.toThrow("no way");
    await expect(planner.pool.check("w")).rejects.toThrow("no supergraph");
    expect((await planner.plan("a")).pid).toBe(pid);
  });

  it.each([
    ["takes too long", "spin", { planTimeoutMs: 1_000 }, "PLAN_TIMEOUT"],
    ["never ends without doing anything", "sleep", { planTimeoutMs: 1_000 }, "PLAN_TIMEOUT"],
    ["takes too much memory", "eat", { maxPlanningBytes: 64_000_000 }, "PLAN_TOO_LARGE"],
    ["has too long a plan", "long", {}, "PLAN_TOO_LARGE"],
    ["aborts the process", "abort", {}, "PLAN_FAILED"],
    ["ends whatever process it is planned in", "exit", {}, "PLAN_FAILED"],
  ])("refuses an operation that %s, and plans those that wait", async (_what, operation, options, code) => {
    using planner = openPool(options);
    const first = await planner.plan("a");
    const [refused, ...waiting] = await Promise.allSettled([operation, "b", "c"].map(planner.plan));
    expect(refused).toMatchObject({ status: "rejected", reason: { code } });
    expect(waiting).toMatchObject([{ value: { operation: "b" } }, { value: { operation: "c" } }]);
    if (operation === "long") expect(isAlive(first.pid)).toBe(true);
    else await until(() => !isAlive(first.pid));
  });

  it.each(["abort", "exit", "long"])("refuses at once what has gone wrong before: %s", async (operation) => {
    using planner = openPool();
    await expect(planner.plan(operation)).rejects.toMatchObject({ code: expect.stringMatching(/^PLAN_/) });
    const { pid } = await planner.plan("a");
    await expect(planner.plan(operation)).rejects.toMatchObject({ code: expect.stringMatching(/^PLAN_/) });
    expect(await planner.plan("b")).toMatchObject({ pid });
  });

  it("blames no operation for a process that somebody else ended", async () => {
    using planner = openPool();
    const { pid } = await planner.plan("a");
    const waiting = planner.plan("wait");
    process.kill(pid, "SIGKILL");
    expect(await waiting).toMatchObject({ operation: "wait" });
    expect(await planner.plan("b")).toMatchObject({ operation: "b" });
  });

  it("plans on beside an operation that takes long", async () => {
    using planner = openPool({ maxProcesses: 2, planTimeoutMs: 30_000 });
    const slow = planner.plan("sleep").catch(() => undefined);
    expect(await planner.plan("a")).toMatchObject({ operation: "a" });
    expect(planner.pool.pids).toHaveLength(2);
    planner.pool.close();
    await slow;
  });

  it("takes no more operations than may wait", async () => {
    using planner = openPool({ maxWaiting: 2 });
    expect(await codesOf(planner, ["wait", "a", "b", "c"])).toEqual(["", "", "", "PLANNER_OVERLOADED"]);
    expect(await codesOf(planner, ["c"])).toEqual([""]);
  });

  it("has no operation wait for longer than three are planned", async () => {
    using planner = openPool({ planTimeoutMs: 150 });
    const late = Array.from({ length: 3 }, (_, n) => `sleep ${n}`);
    const codes = await codesOf(planner, [...late, "a"]);
    expect([codes[0], codes.at(-1)]).toEqual(["PLAN_TIMEOUT", "PLANNER_OVERLOADED"]);
    expect(await codesOf(planner, ["a"])).toEqual([""]);
  });

  it("says so where no process starts, and tries again with the next operation", async () => {
    using planner = openPool();
    planner.pool.add("a", "abort");
    await expect(planner.pool.plan("a", "x")).rejects.toMatchObject({ code: "PLANNER_UNAVAILABLE" });
    expect(await planner.plan("x")).toMatchObject({ operation: "x" });
    using without = openPool({ plannerModule: join(folder, "away.cjs") });
    const failed = without.pool.check("g");
    await expect(failed).rejects.toMatchObject({
      code: "PLANNER_UNAVAILABLE",
      cause: { message: expect.stringContaining("Cannot find module") },
    });
  });

  it("ends a process that has nothing to do, and starts another when there is something", async () => {
    using planner = openPool({ idleMs: 1 });
    const { pid } = await planner.plan("a");
    await until(() => !isAlive(pid));
    expect((await planner.plan("a")).pid).not.toBe(pid);
  });

  it("ends its processes when it is closed, and plans no more", async () => {
    using planner = openPool();
    const { pid } = await planner.plan("a");
    const underWay = planner.plan("spin");
    const waiting = planner.plan("b");
    planner.pool.close();
    await expect(underWay).rejects.toMatchObject({ code: "PLANNER_UNAVAILABLE" });
    await expect(waiting).rejects.toMatchObject({ code: "PLANNER_UNAVAILABLE" });
    await expect(planner.plan("c")).rejects.toMatchObject({ code: "PLANNER_UNAVAILABLE" });
    await until(() => !isAlive(pid));
    expect(planner.pool.pids).toEqual([]);
  });
});
