/** Who brings events in: one pushes batches, some of them again; another ingests a file that grows, and is killed at times. */
import { ingestFile } from "../../ingest/sources/file/index.ts";
import { market, origin, rawRecords, sourceOf, type Raw } from "../ingest/fixtures/market.ts";
import { SimulatedProcess } from "./simulated-process.ts";
import { simulateLog } from "./simulated-log.ts";
import type { World } from "./simulated-world.ts";

/** Sources end their work while faults still go on, or soon after. */
export interface Sources {
  readonly done: boolean;
  /** What was pushed and acknowledged: all of it must be in the log. */
  readonly acknowledged: readonly string[];
  /** The lines of the file, which must be in the log once each. */
  readonly lines: readonly string[];
}

export function runSources(world: World): Sources {
  const pushed = { done: false, acknowledged: [] as string[] };
  const file = { done: false, lines: [] as string[] };
  void push(world, pushed);
  void growFile(world, file);
  return {
    get done() {
      return pushed.done && file.done;
    },
    acknowledged: pushed.acknowledged,
    lines: file.lines,
  };
}

async function push(world: World, pushed: { done: boolean; readonly acknowledged: string[] }): Promise<void> {
  const { random, time, settings, hit } = world;
  const process = new SimulatedProcess("pusher", time);
  const log = simulateLog(world, process);
  const records = rawRecords(random, settings.records);
  const pauseMs = Math.floor((settings.chaosMs * 1.5) / (settings.records / 4));
  let last: readonly Raw[] = [];
  for (let at = 0; at < records.length;) {
    const again = last.length > 0 && random.chance(0.1);
    if (again) hit("resent-batch");
    const batch = again ? last : records.slice(at, at + 1 + random.below(8));
    if (!again) at += batch.length;
    for (const { source, key, text } of (last = batch)) {
      hit(isPoison(text) ? "poison" : isLate(text, time.now) ? "late-event" : "timely-event");
      const record = { key, value: Buffer.from(text), sequence: null };
      // Sent again until it is acknowledged, as any producer does.
      for (let sent = false; !sent;) {
        sent = await log.append(sourceOf(source).topic, { origin, records: [record], time: process.clock() }).then(
          () => true,
          () => time.sleep(100).then(() => false),
        );
      }
      pushed.acknowledged.push(text);
    }
    await time.sleep(random.below(pauseMs));
  }
  pushed.done = true;
}

function isLate(text: string, now: number): boolean {
  const { ts } = JSON.parse(text) as { readonly ts: number };
  return now - ts * 1000 > 3_600_000;
}

function isPoison(text: string): boolean {
  return !text.includes(`"ts":`);
}

async function growFile(world: World, file: { done: boolean; readonly lines: string[] }): Promise<void> {
  const { random, time, settings, hit, note } = world;
  const source = sourceOf("visits");
  const all = rawRecords(random, settings.fileLines * 2)
    .filter(({ source: of }) => of === source.name)
    .map(({ text }) => text.replace(/"id":"v/, `"id":"f`));
  for (let life = 0; file.lines.length < all.length;) {
    const next = all.slice(file.lines.length, file.lines.length + 1 + random.below(10));
    if (file.lines.length > 0) hit("file-grows");
    file.lines.push(...next);
    for (let ingested = false; !ingested;) {
      const process = new SimulatedProcess(`file.${String(life++)}`, time);
      if (world.chaos && random.chance(0.3)) {
        time.after(random.below(400), () => {
          hit("ingester-crash");
          note(`${process.name} killed`);
          process.kill();
        });
      }
      ingested = await ingestOnce(world, process, file.lines);
    }
    await time.sleep(random.below(settings.chaosMs / 4));
  }
  file.done = true;
}

/** Resolves false where it failed or was killed. */
async function ingestOnce(world: World, process: SimulatedProcess, lines: readonly string[]): Promise<boolean> {
  const content = Buffer.from(lines.map((line) => `${line}\n`).join(""));
  const path = "/simulated/visits.jsonl";
  const work = ingestFile(
    {
      log: simulateLog(world, process),
      platform: market,
      source: sourceOf("visits"),
      path,
      clock: process.clock,
      pause: process.pause,
      random: () => world.random.below(1_000) / 1_000,
      open: async () => ({
        path,
        totalBytes: content.length,
        async *chunks(from) {
          yield content.subarray(from);
        },
        [Symbol.asyncDispose]: async () => {},
      }),
    },
    { maxBatchRecords: 4 },
  ).then(
    () => true,
    () => false,
  );
  const killed = new Promise<boolean>((resolve) => {
    const look = (): void => {
      if (process.isKilled) resolve(false);
      else world.time.after(200, look);
    };
    world.time.after(200, look);
  });
  const done = await Promise.race([work, killed]);
  process.kill();
  return done;
}
