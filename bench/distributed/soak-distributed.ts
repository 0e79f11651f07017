/** A soak: a fixed rate for minutes, memory of each process all along, and exact totals through GraphQL at the end. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { readDeclarations } from "../../cli/declarations.ts";
import { openStores } from "../../cli/profiles/distributed/open-stores.ts";
import { startBenchServices } from "./bench-services.ts";
import { createGraphClient, type GraphClient } from "./graph-client.ts";
import { createLiveLoad } from "./live-load.ts";
import { MOST_GROWTH, readHeapMiB, settledGrowth, type MemorySample } from "./memory-samples.ts";
import { memoryOf } from "./process-usage.ts";
import { startProgram } from "./program-process.ts";

const USERS = 2_000;
const ITEMS = 5_000;
const SOCKETS = 20;
const WATCHED = 200;
const LOOK_MS = 10_000;
const CATCH_UP_MS = 60_000;
const ASKED_AT_ONCE = 100;

/**
 * `--rate N` (5,000), `--minutes N` (10), `--dedupe-window N` offsets (100,000: full after some minutes; the default of
 * 2,000,000 would still be filling at the end, and its growth could not be told from a leak). Fails unless memory is flat
 * and every user has exactly the events that were sent.
 */
export async function soakDistributed(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rate: { type: "string", default: "5000" },
      minutes: { type: "string", default: "10" },
      "dedupe-window": { type: "string", default: "100000" },
    },
  });
  await using services = await startBenchServices();
  const { environment, config } = services.instance({ ONEFOLD_INGEST_DEDUPE_WINDOW: values["dedupe-window"] });
  const platform = await readDeclarations(join(import.meta.dirname, "../../schema"));
  const topic = platform.sources.find(({ name }) => name === "user-behavior")?.topic ?? "";
  // Opened once, so that topics are there before the first process reads them.
  await (await openStores(config, platform))[Symbol.asyncDispose]();
  await using ingest = await startProgram({ role: "ingest", environment });
  await ingest.untilHealthy();
  await using gateway = await startProgram({ role: "subgraph,gateway", environment });
  await gateway.untilHealthy();
  const faults: unknown[] = [];
  using client = createGraphClient(gateway.port, SOCKETS, (fault) => faults.push(fault));
  for (let i = 0; i < WATCHED; i++) {
    client.subscribe(`subscription { consumerChanged(id: "user${String(i)}") { views lastSeenAt } }`, () => undefined);
  }
  const sent = new Map<string, number>();
  const load = createLiveLoad({
    ...{ kafka: config.kafka, topic, ratePerSecond: Number(values.rate), users: USERS, items: ITEMS },
    onEvent: ({ user }) => sent.set(user, (sent.get(user) ?? 0) + 1),
  });
  const stop = new AbortController();
  const running = load.run(stop.signal);
  const samples = await watchMemory({ ingest, gateway }, Number(values.minutes) * 60_000);
  stop.abort();
  const events = await running;

  const wrong = await compareTotals(client, sent);
  const problems = [
    ...flatness(samples),
    ...wrong,
    ...faults.map((fault) => `a subscription failed: ${JSON.stringify(fault)}`),
  ];
  console.log(
    `${events.toLocaleString("en-US")} events; users with a wrong count: ${String(wrong.length)}; problems: ${String(problems.length)}`,
  );
  for (const problem of problems.slice(0, 20)) console.log(`  ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
}

type Processes = Readonly<Record<"ingest" | "gateway", { readonly pid: number; readonly port: number }>>;
type Samples = Readonly<Record<keyof Processes, readonly MemorySample[]>>;

async function watchMemory(processes: Processes, forMs: number): Promise<Samples> {
  const samples = { ingest: [] as MemorySample[], gateway: [] as MemorySample[] };
  const started = performance.now();
  while (performance.now() - started < forMs) {
    await sleep(Math.min(LOOK_MS, forMs));
    const seconds = (performance.now() - started) / 1000;
    const line: string[] = [];
    for (const name of ["ingest", "gateway"] as const) {
      const { pid, port } = processes[name];
      const sample = { seconds, rssMiB: memoryOf(pid).rssMiB, heapMiB: await readHeapMiB(port) };
      samples[name].push(sample);
      line.push(`${name} RSS ${String(sample.rssMiB)} MiB, heap ${sample.heapMiB.toFixed(0)} MiB`);
    }
    console.log(`  ${seconds.toFixed(0).padStart(4)} s: ${line.join("; ")}`);
  }
  return samples;
}

/** What grows, once it should have settled. */
function flatness(samples: Samples): readonly string[] {
  return Object.entries(samples).flatMap(([name, all]) => {
    const { meanMiB: mean, grownMiB: grown } = settledGrowth(all);
    console.log(
      `${name}: ${mean.toFixed(0)} MiB on average once settled, ${grown.toFixed(1)} MiB of growth along the fitted line`,
    );
    return grown > mean * MOST_GROWTH ? [`${name} has grown by ${grown.toFixed(1)} MiB`] : [];
  });
}

/** Every user's views through GraphQL against what was sent; waits while ingest catches up. */
async function compareTotals(client: GraphClient, sent: ReadonlyMap<string, number>): Promise<readonly string[]> {
  const deadline = performance.now() + CATCH_UP_MS;
  for (;;) {
    const wrong = await wrongTotals(client, sent);
    if (wrong.length === 0 || performance.now() > deadline) return wrong;
    await sleep(500);
  }
}

async function wrongTotals(client: GraphClient, sent: ReadonlyMap<string, number>): Promise<readonly string[]> {
  const wrong: string[] = [];
  const users = [...sent];
  for (let at = 0; at < users.length; at += ASKED_AT_ONCE) {
    const part = users.slice(at, at + ASKED_AT_ONCE);
    const fields = part.map(([user], i) => `u${String(i)}: consumer(id: "${user}") { views }`);
    const data = await client.ask(`{ ${fields.join(" ")} }`);
    for (const [i, [user, count]] of part.entries()) {
      const views = (data[`u${String(i)}`] as { readonly views: number } | null)?.views ?? 0;
      if (views !== count) wrong.push(`${user} has ${String(views)} views, and ${String(count)} were sent`);
    }
  }
  return wrong;
}
