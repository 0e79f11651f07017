/** Ingest on the distributed profile: events a CPU second of the ingest process, from a full topic into all stores. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openStores } from "../../cli/profiles/distributed/open-stores.ts";
import { readDeclarations } from "../../cli/declarations.ts";
import { generateFiles } from "../../ingest/generator/index.ts";
import { summarizeProfiles } from "../ingest/profile-summary.ts";
import { startBenchServices, type BenchServices } from "./bench-services.ts";
import { drain, type DrainFigures } from "./drain.ts";
import { loadTopic, type Producer } from "./load-topic.ts";
import { writeSparse } from "./sparse-events.ts";

interface Workload {
  readonly name: string;
  readonly path: string;
}

/**
 * `--events N` (1,000,000), `--rounds N` (3), `--workers N` (1), `--producer own|foreign` (foreign),
 * `--workload generated|sparse` (generated), `--records N` of a read (the default), `--node-flags "--a --b"` of the ingest
 * process (none), `--profile FOLDER` instead of rounds.
 */
export async function benchIngestDistributed(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      events: { type: "string", default: "1000000" },
      rounds: { type: "string", default: "3" },
      workers: { type: "string", default: "1" },
      producer: { type: "string", default: "foreign" },
      workload: { type: "string", default: "generated" },
      records: { type: "string" },
      profile: { type: "string" },
      "node-flags": { type: "string", default: "" },
    },
  });
  const folder = await mkdtemp(join(tmpdir(), "onefold-bench-"));
  try {
    const workload = await writeWorkload(folder, values.workload, Number(values.events));
    await using services = await startBenchServices();
    const producer: Producer = values.producer === "own" ? "own" : "foreign";
    const settings = values.records === undefined ? {} : { ONEFOLD_INGEST_BATCH_RECORDS: values.records };
    const flags = values["node-flags"].split(" ").filter((flag) => flag !== "");
    const run = { services, workload, producer, settings, workers: Number(values.workers), flags };
    console.log(`${workload.name}; ${producer} producer, 4 partitions, ${values.workers} ingest process(es)`);
    if (values.profile !== undefined) {
      await profile(run, values.profile);
      return;
    }
    const rounds: DrainFigures[] = [];
    for (let round = 0; round < Number(values.rounds); round++) {
      const figures = await runOnce(run);
      report(figures);
      rounds.push(figures);
    }
    rounds.sort((a, b) => ratePerCpu(a) - ratePerCpu(b));
    const median = rounds[Math.floor(rounds.length / 2)];
    if (median !== undefined) {
      console.log("median:");
      report(median);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeWorkload(folder: string, name: string, events: number): Promise<Workload> {
  if (name === "sparse") {
    const path = join(folder, "sparse.ndjson");
    await writeSparse(path, events, 2);
    return { name: "sparse traffic (nearly every event has a user and an item of its own)", path };
  }
  const startMs = Date.now() - 86_400_000;
  const options = { seed: 2, startMs, sources: ["user-behavior"], ratePerSecond: 5_000 } as const;
  const { files } = await generateFiles(folder, events, options);
  return { name: "generated traffic (people come back)", path: files["user-behavior"]?.path ?? "" };
}

interface Run {
  readonly services: BenchServices;
  readonly workload: Workload;
  readonly producer: Producer;
  readonly settings: Readonly<Record<string, string>>;
  readonly workers: number;
  readonly flags?: readonly string[];
}

/** Each run on an instance of its own. */
async function runOnce({ services, workload, producer, settings, workers, flags }: Run): Promise<DrainFigures> {
  const instance = services.instance(settings);
  const platform = await readDeclarations(join(import.meta.dirname, "../../schema"));
  await using stores = await openStores(instance.config, platform);
  const load = { kafka: instance.config.kafka, platform, log: stores.log, path: workload.path, producer };
  const events = await loadTopic(load);
  return await drain({
    instance,
    platform,
    stores,
    services,
    events,
    workers,
    ...(flags === undefined ? {} : { flags }),
  });
}

async function profile(run: Run, folder: string): Promise<void> {
  report(await runOnce({ ...run, flags: [...(run.flags ?? []), "--cpu-prof", `--cpu-prof-dir=${folder}`] }));
  for (const { busyMs, stages } of await summarizeProfiles(folder)) {
    console.log(`${(busyMs / 1000).toFixed(1)} s busy`);
    for (const [stage, ms] of stages)
      console.log(`  ${stage.padEnd(22)} ${((100 * ms) / busyMs).toFixed(1).padStart(5)} %`);
  }
}

function ratePerCpu({ events, cpuSeconds }: DrainFigures): number {
  return events / cpuSeconds;
}

function report(figures: DrainFigures): void {
  const { events, seconds, cpuSeconds, steady, services, peakMiB, cpuByWorker } = figures;
  const each = (cpu: number, of = events): string => ((cpu / of) * 1e6).toFixed(1);
  console.log(
    `  ${thousands(events)} events in ${seconds.toFixed(1)} s: ${thousands(events / seconds)} events/s; ` +
      `ingest ${cpuSeconds.toFixed(2)} CPU s (${cpuByWorker.map((cpu) => cpu.toFixed(1)).join(" + ")}), ` +
      `${thousands(ratePerCpu(figures))} events a CPU second with its start, ` +
      `${thousands(steady.events / steady.cpuSeconds)} behind the first quarter (${each(steady.cpuSeconds, steady.events)} µs); ` +
      `Redis ${each(services.redis)} µs, ClickHouse ${each(services.clickhouse)} µs, Kafka ${each(services.kafka)} µs an event; ` +
      `peak ${String(peakMiB)} MiB`,
  );
}

function thousands(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
