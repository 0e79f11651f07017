/** One tier: all gateways that know it run side by side, are checked to answer alike, and are put under load in turns. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { BenchOptions } from "./bench-options.ts";
import type { Tier } from "./contenders/contender.ts";
import { startContender, type RunningContender } from "./contenders/start-contender.ts";
import { runLoad } from "./load/run-load.ts";
import { machineSeconds } from "../distributed/process-usage.ts";
import { resetTreePeak, treeCpuSeconds, treePeakMiB } from "./process-tree.ts";
import { answerWhole } from "./shop/whole-shop.ts";
import { writeRequest, type ShopQuery } from "./shop/shop-queries.ts";

const FIRST_NUMBER = 1_000_000;

/** One gateway under one query, one round. */
export interface Sample {
  readonly tier: Tier;
  readonly query: string;
  /** The gateway's label. */
  readonly gateway: string;
  readonly requests: number;
  /** Answers that were not the expected one. */
  readonly wrong: number;
  readonly requestsPerSecond: number;
  /** Of the gateway with all its processes. */
  readonly cpuMsPerRequest: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Since the round began. */
  readonly peakMiB: number;
  readonly answerBytes: number;
  /** What processes that are none of the bench's took of the machine, 0 to 1. */
  readonly othersShare: number;
}

export interface TierRun {
  readonly tier: Tier;
  readonly supergraphSdl: string;
  readonly options: BenchOptions;
}

/** @throws Error when a gateway does not start, or does not answer as all should */
export async function* measureTier({ tier, supergraphSdl, options }: TierRun): AsyncGenerator<Sample> {
  const folder = await mkdtemp(join(tmpdir(), "onefold-bench-"));
  const gateways: RunningContender[] = [];
  try {
    const supergraph = join(folder, "supergraph.graphql");
    await writeFile(supergraph, supergraphSdl);
    for (const contender of options.contenders.filter((one) => one.tiers.includes(tier))) {
      gateways.push(await startContender(contender, { tier, supergraph, folder }));
    }
    for (const query of options.queries) yield* measureQuery(gateways, { tier, query, options });
  } finally {
    for (const gateway of gateways) await gateway[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  }
}

interface QueryRun {
  readonly tier: Tier;
  readonly query: ShopQuery;
  readonly options: BenchOptions;
}

async function* measureQuery(gateways: readonly RunningContender[], run: QueryRun): AsyncGenerator<Sample> {
  const { tier, query, options } = run;
  const expected = await agreedAnswer(gateways, query);
  let firstNumber = FIRST_NUMBER;
  const load = async (gateway: RunningContender, seconds: number): Promise<Sample> => {
    // A number that no request has carried yet.
    firstNumber += 5_000_000;
    return measure(gateway, { tier, query, expected, seconds, firstNumber, connections: options.connections });
  };
  for (const gateway of gateways) await load(gateway, options.warmUpSeconds);
  for (let round = 0; round < options.rounds; round++) {
    for (const gateway of gateways) yield await load(gateway, options.seconds);
  }
}

/** What all answer, however they write it: the data of one schema over the same records. */
async function agreedAnswer(gateways: readonly RunningContender[], { name, request }: ShopQuery): Promise<string> {
  const body = writeRequest(request, FIRST_NUMBER);
  const expected = answerWhole(body);
  const value: unknown = JSON.parse(expected);
  for (const gateway of gateways) {
    const text = await gateway.ask(body);
    if (isDeepStrictEqual(JSON.parse(text), value)) continue;
    throw new Error(`${gateway.contender.label} answers ${name} with another thing: ${text.slice(0, 1000)}`);
  }
  return expected;
}

interface Measurement {
  readonly tier: Tier;
  readonly query: ShopQuery;
  readonly expected: string;
  readonly seconds: number;
  readonly firstNumber: number;
  readonly connections: number;
}

async function measure(gateway: RunningContender, measurement: Measurement): Promise<Sample> {
  const { tier, query, expected, firstNumber, ...order } = measurement;
  const { pid, port, path, contender } = gateway;
  resetTreePeak(pid);
  const before = treeCpuSeconds(pid);
  const machineBefore = machineSeconds();
  const benchBefore = treeCpuSeconds(process.pid);
  const report = await runLoad({ ...order, port, path, what: { request: query.request, firstNumber, expected } });
  const cpuSeconds = treeCpuSeconds(pid) - before;
  const machine = machineSeconds();
  const ours = treeCpuSeconds(process.pid) - benchBefore + report.cpuSeconds;
  const busy = machine.busy - machineBefore.busy;
  return {
    tier,
    query: query.name,
    gateway: contender.label,
    requests: report.requests,
    wrong: report.wrong,
    requestsPerSecond: report.requests / report.seconds,
    cpuMsPerRequest: (cpuSeconds * 1000) / report.requests,
    p50Ms: report.p50,
    p99Ms: report.p99,
    peakMiB: treePeakMiB(pid),
    answerBytes: report.bytes,
    othersShare: Math.max(0, busy - ours) / (busy + machine.idle - machineBefore.idle),
  };
}
