/** One query against all stacks: their answers are compared, then each is put under load in turns. */
import { isDeepStrictEqual } from "node:util";
import { cpuSeconds, machineSeconds } from "../distributed/process-usage.ts";
import type { RunningContender } from "../gateway/contenders/start-contender.ts";
import type { ListedRequest } from "../gateway/load/load-process.ts";
import { runLoad } from "../gateway/load/run-load.ts";
import { resetTreePeak, treeCpuSeconds, treePeakMiB } from "../gateway/process-tree.ts";
import { requestBodies, type GraphQuery } from "./graph-queries.ts";

/** A gateway with the processes that it needs beside Redis. */
export interface Stack {
  readonly gateway: RunningContender;
  readonly subgraphPids: readonly number[];
}

export interface TurnOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly connections: number;
  readonly redisPid: number;
}

/** One stack, one round. CPU in milliseconds a request. */
export interface StackSample {
  readonly stack: string;
  readonly gatewayCpuMs: number;
  readonly subgraphsCpuMs: number;
  readonly redisCpuMs: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of all its processes. */
  readonly peakMiB: number;
  readonly wrong: number;
  readonly answerBytes: number;
  /** What processes that are none of the bench's took of the machine, 0 to 1. */
  readonly othersShare: number;
}

export async function measureInTurns(
  stacks: readonly Stack[],
  query: GraphQuery,
  options: TurnOptions,
): Promise<readonly StackSample[]> {
  const requests = await agreedAnswers(stacks, query);
  for (const stack of stacks) await measure(stack, requests, { ...options, seconds: options.warmUpSeconds });
  const samples: StackSample[] = [];
  for (let round = 0; round < options.rounds; round++) {
    for (const stack of stacks) {
      const sample = await measure(stack, requests, options);
      samples.push(sample);
      const total = (sample.gatewayCpuMs + sample.subgraphsCpuMs).toFixed(3);
      process.stderr.write(`${query.name.padEnd(14)} ${sample.stack.padEnd(54)} ${total} ms CPU a request\n`);
    }
  }
  return samples;
}

/** @throws Error where the stacks do not all give the same answer, or one with errors */
async function agreedAnswers(stacks: readonly Stack[], query: GraphQuery): Promise<readonly ListedRequest[]> {
  const listed: ListedRequest[] = [];
  for (const body of requestBodies(query.text)) {
    const [expected = "", ...others] = await Promise.all(stacks.map(({ gateway }) => gateway.ask(body)));
    const value = JSON.parse(expected) as Readonly<Record<string, unknown>>;
    const wrong = others.find((text) => !isDeepStrictEqual(JSON.parse(text), value));
    if (wrong !== undefined || "errors" in value) {
      throw new Error(
        `The answers to ${body} differ or have errors:\n${expected.slice(0, 2000)}\n${String(wrong).slice(0, 2000)}`,
      );
    }
    listed.push({ body, expected });
  }
  return listed;
}

async function measure(
  { gateway, subgraphPids }: Stack,
  what: readonly ListedRequest[],
  { seconds, connections, redisPid }: TurnOptions,
): Promise<StackSample> {
  const pids = [gateway.pid, ...subgraphPids];
  pids.forEach(resetTreePeak);
  const subgraphs = (): number => subgraphPids.reduce((sum, pid) => sum + treeCpuSeconds(pid), 0);
  const now = () => ({
    gateway: treeCpuSeconds(gateway.pid),
    subgraphs: subgraphs(),
    redis: cpuSeconds(redisPid),
    bench: treeCpuSeconds(process.pid),
    machine: machineSeconds(),
  });
  const before = now();
  const report = await runLoad({ what, seconds, connections, port: gateway.port, path: gateway.path });
  const after = now();
  const perRequest = (of: "gateway" | "subgraphs" | "redis"): number =>
    ((after[of] - before[of]) * 1000) / report.requests;
  const busy = after.machine.busy - before.machine.busy;
  return {
    stack: gateway.contender.label,
    gatewayCpuMs: perRequest("gateway"),
    subgraphsCpuMs: perRequest("subgraphs"),
    redisCpuMs: perRequest("redis"),
    requestsPerSecond: report.requests / report.seconds,
    p50Ms: report.p50,
    p99Ms: report.p99,
    peakMiB: pids.reduce((sum, pid) => sum + treePeakMiB(pid), 0),
    wrong: report.wrong,
    answerBytes: report.bytes,
    othersShare:
      Math.max(0, busy - (after.bench - before.bench) - report.cpuSeconds) /
      (busy + after.machine.idle - before.machine.idle),
  };
}
