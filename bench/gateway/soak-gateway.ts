/** A soak of our gateway: a fixed rate while its supergraph file changes; every answer right, and memory flat. */
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { MOST_GROWTH, readHeapMiB, settledGrowth, type MemorySample } from "../distributed/memory-samples.ts";
import { cpuSeconds, memoryOf } from "../distributed/process-usage.ts";
import { onefold } from "./contenders/onefold.ts";
import { startContender, type RunningContender } from "./contenders/start-contender.ts";
import type { LoadReport } from "./load/load-process.ts";
import { runLoad } from "./load/run-load.ts";
import { shopQueries } from "./shop/shop-queries.ts";
import { startShop } from "./shop/start-shop.ts";
import { answerWhole } from "./shop/whole-shop.ts";

const CONNECTIONS = 50;
const LOOK_MS = 10_000;
/** A graph that is not taken by then is refused, or the gateway is stuck. */
const TAKEN_WITHIN_MS = 30_000;
const POLL_MS = 50;

/**
 * `--rate N` requests a second (1,000), `--minutes N` (5), `--reloads N` of the supergraph, evenly over the time (50),
 * `--query NAME` of the gateway bench (tiny). Fails unless every request got the right answer, every graph was taken,
 * and memory is flat.
 */
export async function soakGateway(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rate: { type: "string", default: "1000" },
      minutes: { type: "string", default: "5" },
      reloads: { type: "string", default: "50" },
      query: { type: "string", default: "tiny" },
    },
  });
  const query = shopQueries.find(({ name }) => name === values.query);
  if (query === undefined) throw new Error(`--query is one of ${shopQueries.map(({ name }) => name).join(", ")}.`);
  const seconds = Number(values.minutes) * 60;
  const folder = await mkdtemp(join(tmpdir(), "onefold-soak-"));
  try {
    using shop = await startShop();
    const supergraph = join(folder, "supergraph.graphql");
    await writeFile(supergraph, shop.supergraphSdl);
    const contender = onefold({ name: "onefold", checkout: ".", flags: [] });
    await using gateway = await startContender(contender, { tier: "reads", supergraph, folder });
    const expected = answerWhole(query.request.before);
    const what = { request: query.request, firstNumber: 1_000_000, expected };
    const order = { port: gateway.port, path: gateway.path, what };
    const stop = new AbortController();
    const samples = watchMemory(gateway, stop.signal);
    const cpuBefore = cpuSeconds(gateway.pid);
    const loaded = runLoad({ ...order, seconds, connections: CONNECTIONS, ratePerSecond: Number(values.rate) });
    const reloads = Number(values.reloads);
    const slowest = await changeGraph(gateway, { supergraph, sdl: shop.supergraphSdl, reloads, seconds });
    const report = await loaded;
    stop.abort();
    const cpu = ((cpuSeconds(gateway.pid) - cpuBefore) * 1000) / report.requests;
    const growth = tell(report, { cpu, reloads, slowest, samples: await samples });
    if (report.wrong > 0 || growth > MOST_GROWTH) process.exitCode = 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Changes {
  readonly supergraph: string;
  readonly sdl: string;
  readonly reloads: number;
  readonly seconds: number;
}

/** Each graph has a type that no other has, by which clients see that it serves. Gives the longest wait for one, ms. */
async function changeGraph(gateway: RunningContender, { supergraph, sdl, reloads, seconds }: Changes): Promise<number> {
  const start = performance.now();
  let slowest = 0;
  for (let reload = 1; reload <= reloads; reload++) {
    await sleep(Math.max(0, start + ((reload - 0.5) * seconds * 1000) / reloads - performance.now()));
    const name = `Reload${String(reload)}`;
    const [, graph = ""] = /@join__type\(graph: (\w+)\)/.exec(sdl) ?? [];
    const changed = performance.now();
    await writeFile(
      `${supergraph}.next`,
      `${sdl}\nenum ${name} @join__type(graph: ${graph}) {\n  A @join__enumValue(graph: ${graph})\n}\n`,
    );
    await rename(`${supergraph}.next`, supergraph);
    const body = JSON.stringify({ query: `{ __type(name: "${name}") { name } }` });
    while (!(await gateway.ask(body)).includes(name)) {
      if (performance.now() - changed > TAKEN_WITHIN_MS) throw new Error(`${name} was not taken.`);
      await sleep(POLL_MS);
    }
    slowest = Math.max(slowest, performance.now() - changed);
  }
  return slowest;
}

async function watchMemory({ pid, port }: RunningContender, signal: AbortSignal): Promise<readonly MemorySample[]> {
  const samples: MemorySample[] = [];
  const started = performance.now();
  while (!signal.aborted) {
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
    const seconds = (performance.now() - started) / 1000;
    samples.push({ seconds, rssMiB: memoryOf(pid).rssMiB, heapMiB: await readHeapMiB(port) });
  }
  return samples;
}

interface Told {
  readonly cpu: number;
  readonly reloads: number;
  readonly slowest: number;
  readonly samples: readonly MemorySample[];
}

/** Gives the growth as a share of the mean. */
function tell(report: LoadReport, { cpu, reloads, slowest, samples }: Told): number {
  const { requests, wrong, p50, p99 } = report;
  const { grownMiB, meanMiB } = settledGrowth(samples);
  const rate = (requests / report.seconds).toFixed(0);
  console.log(`${requests.toLocaleString("en-US")} requests at ${rate}/s; failed or wrong: ${String(wrong)}`);
  console.log(`p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms; ${cpu.toFixed(3)} ms CPU a request`);
  console.log(`${String(reloads)} graphs taken, the slowest within ${(slowest / 1000).toFixed(1)} s of its change`);
  const heaps = samples.map(({ heapMiB }) => heapMiB.toFixed(0)).join(" ");
  console.log(
    `RSS ${meanMiB.toFixed(0)} MiB on average once settled, ${grownMiB.toFixed(1)} MiB of growth along the line`,
  );
  console.log(`heap, MiB: ${heaps}`);
  return grownMiB / meanMiB;
}
