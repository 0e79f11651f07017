/** The deterministic simulation: the real worker crashes at every call of every store, and everything ends as in a clean run. */
import { beforeAll, describe, expect, it } from "@jest/globals";
import { createRandom, type Random } from "../../support/random.ts";
import { faultModes, FaultyStores, type Fault, type Stores } from "../fixtures/faults.ts";
import { fillLog, rawRecords, type Raw } from "../fixtures/market.ts";
import { changesOf, createGoal, memoryStores, outcomeOf, runWorker, type Goal } from "../fixtures/simulation.ts";

interface Scene {
  readonly records: readonly Raw[];
  readonly partitions: number;
  /** What a clean run leaves. */
  readonly outcome: unknown;
  /** What a run that reads record by record tells. */
  readonly changes: ReadonlySet<string>;
}

/** Small, so that ids leave it and come back. */
const dedupeWindow = 20;

async function filledStores({ records, partitions }: Pick<Scene, "records" | "partitions">): Promise<Stores> {
  const stores = memoryStores();
  await fillLog(stores.log, records, partitions);
  return stores;
}

async function createScene(seed: number, count: number, partitions: number): Promise<Scene> {
  const records = rawRecords(createRandom(seed), count);
  const clean = await filledStores({ records, partitions });
  await runWorker({ stores: clean, random: createRandom(seed), options: { dedupeWindow } });
  const slow = await filledStores({ records, partitions });
  await runWorker({ stores: slow, random: createRandom(seed), options: { maxRecords: 1, dedupeWindow } });
  expect(await outcomeOf(slow)).toEqual(await outcomeOf(clean));
  return { records, partitions, outcome: await outcomeOf(clean), changes: await changesOf(slow) };
}

async function expectCleanOutcome(stores: Stores, scene: Scene): Promise<void> {
  expect(await outcomeOf(stores)).toEqual(scene.outcome);
  const told = await changesOf(stores);
  expect([...scene.changes].filter((change) => !told.has(change))).toEqual([]);
}

/** Runs until the fault, then a second worker to the end; a late effect comes about some calls into its life. */
async function crashOnce(scene: Scene, fault: Fault, random: Random): Promise<{ readonly hit: boolean }> {
  const stores = await filledStores(scene);
  const first = new FaultyStores(stores, fault);
  const options = { seriesWriter: { maxRows: 20 }, dedupeWindow };
  await runWorker({ stores, through: first.stores, random, options, until: first.crash.signal });
  const lateAt = random.below(30);
  const second = new FaultyStores(stores, null, async (call) => {
    if (call === lateAt) await first.late?.().catch(() => undefined);
  });
  await runWorker({ stores, through: second.stores, random, options });
  await expectCleanOutcome(stores, scene);
  return { hit: first.hit };
}

describe("a worker that crashes", () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await createScene(7, 70, 2);
  });

  it.each(faultModes)(
    "at any call, with its effect %s, leaves what a clean run leaves once another goes on",
    async (mode) => {
      for (let call = 0; ; call++) {
        const { hit } = await crashOnce(scene, { call, mode, survives: false }, createRandom(call)).catch(
          (cause: unknown) => {
            throw new Error(`call ${call}`, { cause });
          },
        );
        if (!hit) break;
      }
    },
  );

  it("or only meets an error, at any call, leaves the same", async () => {
    for (let call = 0; ; call++) {
      const mode = faultModes[call % 3] ?? "before";
      const { hit } = await crashOnce(scene, { call, mode, survives: true }, createRandom(call));
      if (!hit) break;
    }
  });
});

/** How many schedules to try, besides a fresh one: more by hand with ONEFOLD_SCHEDULES. */
const SCHEDULES = Number(process.env["ONEFOLD_SCHEDULES"] ?? 40);
const seeds = [...Array.from({ length: SCHEDULES }, (_, seed) => seed), Date.now() % 1e9];

describe("workers in seeded schedules", () => {
  it.each(seeds)("crash, come back and contend in schedule %i, and leave what a clean run leaves", async (seed) => {
    const random = createRandom(seed);
    const scene = await createScene(seed, 40 + random.below(80), 1 + random.below(3));
    const stores = await filledStores(scene);
    const late: (() => Promise<unknown>)[] = [];
    const life = async (fault: Fault | null, goal: Goal): Promise<void> => {
      const faulty = new FaultyStores(stores, fault, async () => {
        if (late.length > 0 && random.chance(0.1))
          await late
            .shift()?.()
            .catch(() => undefined);
      });
      const options = {
        maxRecords: 1 + random.below(30),
        seriesWriter: { maxRows: 1 + random.below(40) },
        dedupeWindow,
      };
      await runWorker({ stores, through: faulty.stores, goal, random, options, until: faulty.crash.signal });
      if (faulty.late !== null) late.push(faulty.late);
    };
    for (let lives = random.below(8); lives > 0; lives--) {
      const fault = (): Fault => ({
        call: random.below(60),
        mode: random.pick(faultModes),
        survives: random.chance(0.3),
      });
      const goal = await createGoal(stores);
      await Promise.all(random.chance(0.4) ? [life(fault(), goal), life(fault(), goal)] : [life(fault(), goal)]);
    }
    await life(null, await createGoal(stores));
    await expectCleanOutcome(stores, scene);
  });
});
