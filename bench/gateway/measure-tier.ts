/** One tier: all gateways that know it run side by side, are checked to answer alike, and are put under load in turns. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { BenchOptions } from "./bench-options.ts";
import type { Tier } from "./contenders/contender.ts";
import { startContender, type RunningContender } from "./contenders/start-contender.ts";
import { runLoad } from "./load/run-load.ts";
import { resetTreePeak, treeCpuSeconds, treePeakMiB } from "./process-tree.ts";
import { writeRequest, type ShopQuery } from "./shop/shop-queries.ts";

const FIRST_NUMBER = 1_000_000;

/** One gateway under one query, one round. */
export interface Sample {
  readonly tier: Tier;
  readonly query: string;
  /** The gateway's label. */
  readonly gateway: string;
  readonly requests: number;
  /** Answers that were not what all gateways had agreed on. */
  readonly wrong: number;
  readonly requestsPerSecond: number;
  /** Of the gateway with all its processes. */
  readonly cpuMsPerRequest: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Since the round began. */
  readonly peakMiB: number;
  readonly answerBytes: number;
}

export interface TierRun {
  readonly tier: Tier;
  readonly supergraphSdl: string;
  readonly options: BenchOptions;
}

/** @throws Error when a gateway does not start, or two do not answer alike */
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

/** What all answer, however they write it. */
async function agreedAnswer(gateways: readonly RunningContender[], { name, request }: ShopQuery): Promise<string> {
  const body = writeRequest(request, FIRST_NUMBER);
  let agreed: { readonly text: string; readonly value: unknown } | undefined;
  for (const gateway of gateways) {
    const text = await gateway.ask(body);
    const value = JSON.parse(text) as { readonly data?: unknown; readonly errors?: unknown };
    if (value.errors !== undefined) throw new Error(`${gateway.contender.label} fails: ${text.slice(0, 1000)}`);
    agreed ??= { text, value };
    if (!isDeepStrictEqual(value, agreed.value)) {
      throw new Error(
        `${gateway.contender.label} answers another thing than ${gateways[0]?.contender.label ?? ""} (${name}).`,
      );
    }
  }
  return agreed?.text ?? "";
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
  const { tier, query, ...order } = measurement;
  const { pid, port, path, contender } = gateway;
  resetTreePeak(pid);
  const before = treeCpuSeconds(pid);
  const report = await runLoad({ ...order, port, path, request: query.request });
  const cpuSeconds = treeCpuSeconds(pid) - before;
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
  };
}
