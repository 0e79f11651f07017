/** Lets ingest processes drain a topic that is full before they start, and tells what that took. */
import { setTimeout as sleep } from "node:timers/promises";
import { partitionKey } from "../../schema/cursor.ts";
import { seriesLayout } from "../../schema/layout/series-layout.ts";
import type { PlatformModel } from "../../schema/model/platform.ts";
import type { DistributedStores } from "../../cli/profiles/distributed/distributed-engine.ts";
import type { BenchInstance, BenchServices, ServiceCpu } from "./bench-services.ts";
import { cpuSeconds, memoryOf } from "./process-usage.ts";
import { startProgram, type ProgramProcess } from "./program-process.ts";

export interface DrainOptions {
  readonly instance: BenchInstance;
  readonly platform: PlatformModel;
  readonly stores: DistributedStores;
  readonly services: BenchServices;
  readonly events: number;
  readonly workers: number;
  /** Of Node, for each worker. */
  readonly flags?: readonly string[];
}

export interface DrainFigures {
  readonly events: number;
  /** From the start of the first process until state and series include the last event. */
  readonly seconds: number;
  /** Of all ingest processes, their starts included. */
  readonly cpuSeconds: number;
  /** Of the part behind the first quarter: what a process that runs needs. */
  readonly steady: { readonly events: number; readonly seconds: number; readonly cpuSeconds: number };
  readonly services: ServiceCpu;
  /** The highest of one process. */
  readonly peakMiB: number;
  /** By worker. */
  readonly cpuByWorker: readonly number[];
}

const LOOK_MS = 200;
const GENERATION = 1;

interface Sample {
  readonly at: number;
  readonly events: number;
  readonly cpuSeconds: number;
}

export async function drain(options: DrainOptions): Promise<DrainFigures> {
  const { instance, services, events, workers, flags = [] } = options;
  const before = services.cpu();
  const started = performance.now();
  const processes: ProgramProcess[] = [];
  try {
    for (let i = 0; i < workers; i++) {
      processes.push(await startProgram({ role: "ingest", environment: instance.environment, flags }));
    }
    const cpu = (): number => processes.reduce((sum, { pid }) => sum + cpuSeconds(pid), 0);
    const samples: Sample[] = [];
    for (;;) {
      await sleep(LOOK_MS);
      const ended = processes.find(({ pid }) => cpuSeconds(pid) === 0);
      if (ended !== undefined) throw new Error(`An ingest process has ended: ${ended.log()}`);
      const reached = await reachedBy(options);
      samples.push({ at: performance.now(), events: reached, cpuSeconds: cpu() });
      if (reached >= events) break;
    }
    const last = samples.at(-1) ?? { at: 0, events: 0, cpuSeconds: 0 };
    const first = samples.find((sample) => sample.events >= events / 4) ?? last;
    const after = services.cpu();
    return {
      events,
      seconds: (last.at - started) / 1000,
      cpuSeconds: last.cpuSeconds,
      steady: {
        events: last.events - first.events,
        seconds: (last.at - first.at) / 1000,
        cpuSeconds: last.cpuSeconds - first.cpuSeconds,
      },
      services: {
        kafka: after.kafka - before.kafka,
        redis: after.redis - before.redis,
        clickhouse: after.clickhouse - before.clickhouse,
      },
      peakMiB: Math.max(...processes.map(({ pid }) => memoryOf(pid).peakMiB)),
      cpuByWorker: processes.map(({ pid }) => cpuSeconds(pid)),
    };
  } finally {
    await Promise.all(processes.map((worker) => worker.stop()));
  }
}

/** How many events both stores include. */
async function reachedBy({ platform, stores, instance }: DrainOptions): Promise<number> {
  const source = platform.sources.find(({ name }) => name === "user-behavior");
  if (source === undefined || (await stores.state.generations().catch(() => null)) === null) return 0;
  const series = await seriesFences(platform, stores);
  let reached = 0;
  for (let partition = 0; partition < instance.config.ingest.partitions; partition++) {
    const fences = await stores.state.fences(GENERATION, source.topic, partition).catch(() => [0]);
    reached += Math.min(...fences, series[partitionKey(source.topic, partition)] ?? 0);
  }
  return reached;
}

const prepared = new WeakSet<DistributedStores>();

async function seriesFences(
  platform: PlatformModel,
  stores: DistributedStores,
): Promise<Readonly<Record<string, number>>> {
  if (!prepared.has(stores)) {
    await stores.series.prepare(GENERATION, seriesLayout(platform));
    prepared.add(stores);
  }
  return await stores.series.fences(GENERATION);
}
