/** Runs one benchmark by name: `npm run bench -- ingest`. Each prints its figures with machine and date. */
import { cpus } from "node:os";

const benches: Readonly<Record<string, { readonly what: string; run(args: readonly string[]): Promise<void> }>> = {
  ingest: {
    what: "events a second through log, DWD and all models, on the embedded profile, and where the time goes",
    run: async (args) => (await import("./ingest/bench-ingest.ts")).benchIngest(args),
  },
  "ingest-distributed": {
    what: "events a CPU second of the ingest process, from Kafka into Redis and ClickHouse",
    run: async (args) => (await import("./distributed/bench-ingest-distributed.ts")).benchIngestDistributed(args),
  },
  "latency-distributed": {
    what: "at a fixed rate: from Kafka to WebSocket frames, to series, and of mutations",
    run: async (args) => (await import("./distributed/bench-latency-distributed.ts")).benchLatencyDistributed(args),
  },
  "soak-distributed": {
    what: "a fixed rate for ten minutes: memory stays flat, and every total is exact",
    run: async (args) => (await import("./distributed/soak-distributed.ts")).soakDistributed(args),
  },
  gateway: {
    what: "our gateway beside Apollo Gateway and Hive Gateway, over the same subgraphs over HTTP",
    run: async (args) => (await import("./gateway/bench-gateway.ts")).benchGateway(args),
  },
  "soak-gateway": {
    what: "our gateway at a fixed rate while its supergraph changes: no request fails, and memory stays flat",
    run: async (args) => (await import("./gateway/soak-gateway.ts")).soakGateway(args),
  },
  "in-process": {
    what: "one graph on one Redis: in-process by Onefold, and by Hive Gateway over subgraphs by hand over HTTP",
    run: async (args) => (await import("./in-process/bench-in-process.ts")).benchInProcess(args),
  },
  "gateway-under-ingest": {
    what: "latency of a three-domain query while ingest runs flat out, next to idle",
    run: async (args) => (await import("./gateway/bench-under-ingest.ts")).benchUnderIngest(args),
  },
};

const [name = "", ...args] = process.argv.slice(2);
const bench = benches[name];
if (bench === undefined) {
  process.stderr.write(`Which benchmark? npm run bench -- NAME\n`);
  for (const [key, { what }] of Object.entries(benches)) process.stderr.write(`  ${key.padEnd(22)} ${what}\n`);
  process.exitCode = 2;
} else {
  const [cpu] = cpus();
  const machine = `${String(cpus().length)} × ${cpu?.model ?? "unknown"}, Node ${process.version}`;
  // Figures as JSON are alone on stdout.
  const head = args.includes("--json") ? process.stderr : process.stdout;
  head.write(`${name}: ${new Date().toISOString().slice(0, 10)}, ${machine}\n`);
  await bench.run(args);
}
