/** Runs one schedule: faults while events come in, then a time of peace, and every value compared with the truth. */
import { partitionKey, type CursorVector } from "../../schema/cursor.ts";
import { compareWithTruth } from "./compare-with-truth.ts";
import type { FaultKind } from "./fault-kinds.ts";
import { letHappen } from "./incidents.ts";
import { SimulatedWorker } from "./simulated-worker.ts";
import { createWorld, type World } from "./simulated-world.ts";
import { runSources, type Sources } from "./sources.ts";
import { isUpToDate, runSubscriber, type Subscriber } from "./subscriber.ts";

export interface ScheduleResult {
  readonly seed: number;
  /** What differs from the truth; empty: nothing. */
  readonly differences: readonly string[];
  readonly hits: ReadonlySet<FaultKind>;
  readonly events: number;
  readonly calls: number;
  /** From the end of all faults until all stores include all events, virtual ms. */
  readonly recoveryMs: number;
  readonly trace: readonly string[];
}

/** All that lives in a world. */
export interface Cast {
  readonly world: World;
  readonly workers: readonly SimulatedWorker[];
  readonly generations: readonly number[];
  readonly sources: Sources;
  readonly subscriber: Subscriber;
}

/** Far more steps than any schedule takes. */
const STEP_LIMIT = 400_000;
/** After the last fault, everything is to be done within this time. */
const RECOVERY_LIMIT_MS = 300_000;
const LOOK_MS = 100;

export async function runSchedule(seed: number): Promise<ScheduleResult> {
  const world = await createWorld(seed);
  const { trace, hits, network } = world;
  let recoveryMs = 0;
  let differences: readonly string[];
  try {
    const cast = begin(world);
    recoveryMs = await live(cast);
    await end(cast);
    differences = await compareWithTruth(cast);
  } catch (fault) {
    differences = [fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)];
  }
  return { seed, differences, hits, events: world.journal.length, calls: network.calls, recoveryMs, trace };
}

function begin(world: World): Cast {
  const { settings, time, random } = world;
  const serving = { group: "models", generation: 1, serves: true };
  const workers = Array.from(
    { length: settings.workers + 1 },
    (_, i) => new SimulatedWorker(world, { name: `w${String(i)}`, ...serving }),
  );
  for (const worker of workers.slice(0, -1)) worker.start();
  const victims = [...workers];
  const generations = settings.rebuilds ? [1, 2] : [1];
  if (settings.rebuilds) {
    const role = { name: "rebuild", group: "rebuild", generation: 2, serves: false };
    const builder = new SimulatedWorker(world, role);
    workers.push(builder);
    victims.unshift(builder);
    time.after(random.below(settings.chaosMs), () => {
      world.hit("rebuild-beside");
      builder.startUnlessRunning();
    });
  }
  for (const { at, incident } of settings.incidents) time.after(at, () => letHappen(world, incident, victims));
  return { world, workers, generations, sources: runSources(world), subscriber: runSubscriber(world) };
}

/** Resolves when all is done, with the virtual time it took after the last fault. */
async function live(cast: Cast): Promise<number> {
  const { world, sources } = cast;
  const { time, network, settings, note } = world;
  let calmSince = Infinity;
  let isDone = false;
  time.after(settings.chaosMs, () => {
    note("! peace");
    world.chaos = false;
    network.faulty = false;
  });
  const look = async (): Promise<void> => {
    const isCalm = !world.chaos && sources.done && network.due === 0;
    if (isCalm) calmSince = Math.min(calmSince, time.now);
    if (isCalm && (await includesAll(cast))) isDone = true;
    else if (time.now - calmSince > RECOVERY_LIMIT_MS) throw new Error(`Not done: ${await describeLag(cast)}`);
    else time.after(LOOK_MS, look);
  };
  time.after(LOOK_MS, look);
  await time.run(() => isDone, STEP_LIMIT);
  return time.now - calmSince;
}

async function includesAll({ world, generations, subscriber }: Cast): Promise<boolean> {
  const { changes, places } = world;
  const told = await changes.ends();
  for (const { topic, partition } of places) {
    const key = partitionKey(topic, partition);
    const end = await endOf(world, topic, partition);
    if ((told[key] ?? 0) < end && end > world.settings.base) return false;
    for (const generation of generations)
      if ((await reached(world, generation, { topic, partition })) < end) return false;
  }
  return isUpToDate(subscriber, told);
}

async function endOf({ log }: World, topic: string, partition: number): Promise<number> {
  return (await log.ranges(topic)).find((range) => range.partition === partition)?.end ?? 0;
}

/** What both stores of a generation include. */
async function reached(
  { state, series, settings }: World,
  generation: number,
  { topic, partition }: { readonly topic: string; readonly partition: number },
): Promise<number> {
  const fences = await state.fences(generation, topic, partition);
  const rows: CursorVector = await series.fences(generation).catch(() => ({}));
  const least = Math.min(...fences, rows[partitionKey(topic, partition)] ?? 0);
  // A partition that never held anything is where it began.
  return least === 0 ? settings.base : least;
}

async function describeLag(cast: Cast): Promise<string> {
  const { world, generations, subscriber } = cast;
  const lines: string[] = [];
  for (const { topic, partition } of world.places) {
    const end = await endOf(world, topic, partition);
    const to = await Promise.all(generations.map((of) => reached(world, of, { topic, partition })));
    const told = (await world.changes.ends())[partitionKey(topic, partition)];
    const heard = subscriber.position[partitionKey(topic, partition)];
    lines.push(`${partitionKey(topic, partition)} ends at ${String(end)}, ${JSON.stringify({ to, told, heard })}`);
  }
  return [...lines, ...subscriber.complaints].join("; ");
}

/** Ends the workers, and lets everything that is still under way come to its end. */
async function end({ world, workers }: Cast): Promise<void> {
  const { time, network } = world;
  for (const worker of workers) worker.end();
  await time.run(() => workers.every((worker) => worker.hasEnded) && network.due === 0, STEP_LIMIT);
}
