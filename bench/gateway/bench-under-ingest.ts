/** Latency of a three-domain query through the gateway: idle, and while a file is ingested as fast as it goes. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs, promisify } from "node:util";
import { programArgs } from "../program.ts";
import { writeWorkload } from "../ingest/workload.ts";

const run = promisify(execFile);
/** State of three domains; no series, whose reads are ClickHouse's. */
const QUERY = `{ consumer(id: "u1001") { id views purchases orders spent contentViews
  recent(first: 5) { edges { node { behavior item { id title views shop { id name revenue } latestContent { id title likes } } } } } } }`;

/** `--events N` to ingest (400,000), `--rate N` requests a second (100), `--seconds N` of the idle phase (10). */
export async function benchUnderIngest(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      events: { type: "string", default: "400000" },
      rate: { type: "string", default: "100" },
      seconds: { type: "string", default: "10" },
    },
  });
  const folder = await mkdtemp(join(tmpdir(), "onefold-bench-"));
  const dataDir = join(folder, "data");
  const port = 40_000 + Math.floor(Math.random() * 20_000);
  const server = spawn(process.execPath, [...programArgs, "start", "--data-dir", dataDir, "--no-generate"], {
    env: { ...process.env, PORT: String(port) },
    stdio: "ignore",
  });
  try {
    await untilHealthy(port);
    const file = join(folder, "behavior.csv");
    await writeWorkload(file, Number(values.events), 3);
    await run(process.execPath, [...programArgs, "generate", "--events", "20000", "--data-dir", dataDir]);
    const rate = Number(values.rate);
    const warmUp = new AbortController();
    void sleep(3_000).then(() => warmUp.abort());
    await measure(port, rate, warmUp.signal);

    const idle = new AbortController();
    void sleep(Number(values.seconds) * 1000).then(() => idle.abort());
    print("idle", await measure(port, rate, idle.signal));

    const busy = new AbortController();
    const started = performance.now();
    const flags = ["--source", "user-behavior", "--data-dir", dataDir, "--json"];
    const command = [...programArgs, "ingest", "file", file, ...flags];
    const ingest = run(process.execPath, command).finally(() => busy.abort());
    const latencies = await measure(port, rate, busy.signal);
    await ingest;
    const seconds = (performance.now() - started) / 1000;
    print("ingest flat out", latencies);
    console.log(`  meanwhile: ${values.events} events in ${seconds.toFixed(1)} s`);
  } finally {
    server.kill("SIGTERM");
    if (server.exitCode === null) await once(server, "exit");
    await rm(folder, { recursive: true, force: true });
  }
}

async function untilHealthy(port: number): Promise<void> {
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${String(port)}/health`).catch(() => null);
    await answer?.arrayBuffer();
    if (answer?.status === 200) return;
    await sleep(50);
  }
}

/** Sends at a fixed rate, whether answers come or not; a latency counts from when the request was due. Milliseconds, sorted. */
async function measure(port: number, rate: number, signal: AbortSignal): Promise<readonly number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const latencies: number[] = [];
  const pending: Promise<void>[] = [];
  const start = performance.now();
  for (let i = 0; !signal.aborted; i++) {
    const due = start + (i * 1000) / rate;
    const wait = due - performance.now();
    if (wait > 0) await sleep(wait);
    pending.push(ask(port, agent).then(() => void latencies.push(performance.now() - due)));
  }
  await Promise.all(pending);
  agent.destroy();
  return latencies.sort((a, b) => a - b);
}

function ask(port: number, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json" };
    const asked = request({ port, host: "127.0.0.1", path: "/graphql", method: "POST", agent, headers }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      answer.on("end", () => {
        if (text.startsWith('{"data":') && !text.includes('"errors"')) resolve();
        else reject(new Error(text.slice(0, 400)));
      });
    });
    asked.on("error", reject);
    asked.end(JSON.stringify({ query: QUERY }));
  });
}

function print(label: string, sorted: readonly number[]): void {
  const at = (share: number): string => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1);
  const figures = `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, most ${(sorted.at(-1) ?? 0).toFixed(1)} ms`;
  console.log(`${label.padEnd(16)} ${figures} (${String(sorted.length)} requests)`);
}
