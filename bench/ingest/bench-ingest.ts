/** Ingest on the embedded profile: events a second through everything, CPU an event, and where the time goes. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import type { RunFigures } from "./ingest-run.ts";
import { summarizeProfiles } from "./profile-summary.ts";
import { writeWorkload } from "./workload.ts";

const run = promisify(execFile);

/** `--events N` (300,000), `--rounds N` (3), `--file PATH` (a real headerless CSV instead of the made one). */
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
    const warmUp = join(folder, "warm-up.csv");
    const measured = values.file ?? join(folder, "measured.csv");
    await writeWorkload(warmUp, 100_000, 1);
    if (values.file === undefined) await writeWorkload(measured, Number(values.events), 2);
    const rounds: RunFigures[] = [];
    for (let round = 0; round < Number(values.rounds); round++) {
      const figures = await runOnce([], [join(folder, `data-${String(round)}`), warmUp, measured]);
      rounds.push(figures);
      report(figures);
    }
    const sorted = rounds.map(({ events, seconds }) => events / seconds).sort((a, b) => a - b);
    console.log(`median: ${thousands(sorted[Math.floor(sorted.length / 2)] ?? 0)} events/s`);

    const profiles = join(folder, "profiles");
    await runOnce(["--cpu-prof", `--cpu-prof-dir=${profiles}`], [join(folder, "data-profiled"), warmUp, measured]);
    console.log("\nWhere the time goes (a run under V8's sampling profiler, warm-up and start included):");
    for (const [i, thread] of (await summarizeProfiles(profiles)).slice(0, 3).entries()) {
      console.log(`  thread ${String(i + 1)}: ${(thread.busyMs / 1000).toFixed(1)} s busy in JavaScript`);
      for (const [stage, ms] of thread.stages.slice(0, 12)) {
        console.log(`    ${stage.padEnd(22)} ${((100 * ms) / thread.busyMs).toFixed(1).padStart(5)} %`);
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runOnce(flags: readonly string[], args: readonly string[]): Promise<RunFigures> {
  const script = join(import.meta.dirname, "ingest-run.js");
  const domains = join(import.meta.dirname, "../../schema");
  const { stdout } = await run(process.execPath, [...flags, script, domains, ...args], { maxBuffer: 1 << 26 });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as RunFigures;
}

function report({ events, seconds, cpuSeconds, rssMiB }: RunFigures): void {
  const rate = thousands(events / seconds);
  const cpu = ((cpuSeconds / events) * 1e6).toFixed(1);
  console.log(
    `${thousands(events)} events in ${seconds.toFixed(1)} s: ${rate} events/s, ${cpu} µs CPU an event (all threads), RSS ${String(rssMiB)} MiB`,
  );
}

function thousands(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
