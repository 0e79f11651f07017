/** Ingest on the embedded profile: events a second through everything, CPU an event, and where the time goes. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { generateFiles } from "../../ingest/generator/index.ts";
import type { RunFigures } from "./ingest-run.ts";
import { summarizeProfiles } from "./profile-summary.ts";
import { writeWorkload } from "./workload.ts";

const run = promisify(execFile);

interface Workload {
  readonly name: string;
  readonly warmUp: string;
  readonly measured: string;
}

/** `--events N` (300,000), `--rounds N` (3), `--file PATH` (a headerless CSV of user behaviour, as a third workload). */
export async function benchIngest(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      events: { type: "string", default: "300000" },
      rounds: { type: "string", default: "3" },
      file: { type: "string" },
    },
  });
  const folder = await mkdtemp(join(tmpdir(), "onefold-bench-"));
  try {
    const events = Number(values.events);
    const workloads = [await generated(folder, events), await sparse(folder, events)];
    if (values.file !== undefined) {
      workloads.push({ name: `the file ${values.file}`, warmUp: join(folder, "warm-up.csv"), measured: values.file });
    }
    for (const workload of workloads) await measure(workload, Number(values.rounds));
    for (const workload of workloads.slice(0, 2)) await profile(workload);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The generator's own traffic: people come back, few items are popular, devices are shared. JSON. */
async function generated(folder: string, events: number): Promise<Workload> {
  const path = async (name: string, count: number, seed: number): Promise<string> => {
    const options = {
      seed,
      startMs: Date.now() - 86_400_000,
      sources: ["user-behavior"],
      ratePerSecond: 5_000,
    } as const;
    const { files } = await generateFiles(join(folder, name), count, options);
    return files["user-behavior"]?.path ?? "";
  };
  return {
    name: "generated traffic (JSON; people come back)",
    warmUp: await path("warm-up", 100_000, 1),
    measured: await path("measured", events, 2),
  };
}

/** The hardest: 0.6 users and 0.8 items an event, so that hardly two events of a batch meet in one record. CSV. */
async function sparse(folder: string, events: number): Promise<Workload> {
  const warmUp = join(folder, "warm-up.csv");
  const measured = join(folder, "measured.csv");
  await writeWorkload(warmUp, 100_000, 1);
  await writeWorkload(measured, events, 2);
  return { name: "sparse traffic (CSV; nearly every event has a user and an item of its own)", warmUp, measured };
}

async function measure({ name, warmUp, measured }: Workload, rounds: number): Promise<void> {
  console.log(`\n${name}`);
  const rates: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const figures = await runOnce([], [warmUp, measured]);
    rates.push(figures.events / figures.seconds);
    report(figures);
  }
  const median = rates.sort((a, b) => a - b)[Math.floor(rates.length / 2)] ?? 0;
  console.log(`  median: ${thousands(median)} events/s`);
}

async function profile({ name, warmUp, measured }: Workload): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "onefold-profile-"));
  try {
    await runOnce(["--cpu-prof", `--cpu-prof-dir=${folder}`], [warmUp, measured]);
    console.log(`\nWhere the time goes, ${name} (V8's sampling profiler; warm-up and start included):`);
    for (const [i, thread] of (await summarizeProfiles(folder)).slice(0, 2).entries()) {
      console.log(
        `  ${i === 0 ? "ingest thread" : "main thread"}: ${(thread.busyMs / 1000).toFixed(1)} s busy in JavaScript`,
      );
      for (const [stage, ms] of thread.stages.slice(0, i === 0 ? 12 : 3)) {
        console.log(`    ${stage.padEnd(22)} ${((100 * ms) / thread.busyMs).toFixed(1).padStart(5)} %`);
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runOnce(flags: readonly string[], files: readonly string[]): Promise<RunFigures> {
  const script = join(import.meta.dirname, "ingest-run.js");
  const domains = join(import.meta.dirname, "../../schema");
  const dataDir = await mkdtemp(join(tmpdir(), "onefold-data-"));
  try {
    const args = [...flags, script, domains, dataDir, ...files];
    const { stdout } = await run(process.execPath, args, { maxBuffer: 1 << 26 });
    return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as RunFigures;
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

function report({ events, seconds, cpuSeconds, rssMiB }: RunFigures): void {
  const rate = thousands(events / seconds);
  const cpu = ((cpuSeconds / events) * 1e6).toFixed(1);
  console.log(
    `  ${thousands(events)} events in ${seconds.toFixed(1)} s: ${rate} events/s, ${cpu} µs CPU an event (all threads), RSS ${String(rssMiB)} MiB`,
  );
}

function thousands(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
