/** Latency on the distributed profile under a fixed rate: from Kafka to WebSocket frames, to series, and of mutations. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { readDeclarations } from "../../cli/declarations.ts";
import { openStores } from "../../cli/profiles/distributed/open-stores.ts";
import { startBenchServices } from "./bench-services.ts";
import { createGraphClient, type GraphClient } from "./graph-client.ts";
import { describePercentiles, histogramLines, percentiles } from "./histogram.ts";
import { createLiveLoad, type LoadedEvent } from "./live-load.ts";
import { probeWrites } from "./probe-writes.ts";
import { cpuSeconds, machineSeconds, memoryOf } from "./process-usage.ts";
import { startProgram } from "./program-process.ts";

const USERS = 2_000;
const ITEMS = 5_000;
const SOCKETS = 20;
/** More than one user has within the second that orders its events. */
const NEWEST = 20;
const WARM_UP_MS = 10_000;

/** `--rate N` events a second (5,000), `--seconds N` (60), `--subscribers N` users that are watched (200). */
export async function benchLatencyDistributed(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rate: { type: "string", default: "5000" },
      seconds: { type: "string", default: "60" },
      subscribers: { type: "string", default: "200" },
    },
  });
  await using services = await startBenchServices();
  const { environment, config } = services.instance();
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

  const watch = new Watch(Number(values.subscribers));
  const load = createLiveLoad({
    ...{ kafka: config.kafka, topic, ratePerSecond: Number(values.rate), users: USERS, items: ITEMS },
    onEvent: (event) => watch.sent(event),
  });
  watch.subscribe(client);
  const stop = new AbortController();
  const running = load.run(stop.signal);
  await sleep(WARM_UP_MS);
  watch.begin();
  const before = [ingest.pid, gateway.pid].map((pid) => cpuSeconds(pid));
  const [servicesBefore, machineBefore] = [services.cpu(), machineSeconds()];
  const started = performance.now();
  const probing = new AbortController();
  const probes = probeWrites(client, probing.signal);
  await sleep(Number(values.seconds) * 1000);
  watch.end();
  const seconds = (performance.now() - started) / 1000;
  const used = [ingest.pid, gateway.pid].map((pid, i) => cpuSeconds(pid) - (before[i] ?? 0));
  const [servicesAfter, machineAfter] = [services.cpu(), machineSeconds()];
  probing.abort();
  const { series, state, all, failures } = await probes;
  stop.abort();
  await running;
  await sleep(2_000);

  console.log(
    `${values.rate} events/s for ${seconds.toFixed(0)} s; ${values.subscribers} subscriptions over ${String(SOCKETS)} WebSockets`,
  );
  console.log(`due -> WebSocket frame: ${describePercentiles(percentiles(watch.latencies))}`);
  for (const line of histogramLines(watch.latencies)) console.log(line);
  console.log(`events of watched users never seen: ${String(watch.missing)}; faults: ${String(faults.length)}`);
  console.log(`published -> in a series, through GraphQL: ${describePercentiles(percentiles(series))}`);
  console.log(`mutation, acknowledge STATE: ${describePercentiles(percentiles(state))}`);
  console.log(`mutation, acknowledge ALL:   ${describePercentiles(percentiles(all))}`);
  for (const [i, [name, pid]] of (
    [
      ["ingest", ingest.pid],
      ["gateway", gateway.pid],
    ] as const
  ).entries()) {
    const share = ((100 * (used[i] ?? 0)) / seconds).toFixed(0);
    console.log(`${name}: ${share} % of one core, ${String(memoryOf(pid).rssMiB)} MiB`);
  }
  const ofCore = (cpu: number): string => `${((100 * cpu) / seconds).toFixed(0)} %`;
  for (const name of ["kafka", "redis", "clickhouse"] as const) {
    console.log(`${name}: ${ofCore(servicesAfter[name] - servicesBefore[name])} of one core`);
  }
  const busy = ofCore(machineAfter.busy - machineBefore.busy);
  console.log(`the machine, other work included: ${busy} busy, ${ofCore(machineAfter.idle - machineBefore.idle)} idle`);
  if (failures.length > 0) console.log(`${String(failures.length)} probes failed, the first: ${String(failures[0])}`);
  if (faults.length > 0) console.log(`first fault: ${JSON.stringify(faults[0])}`);
}

/** Matches frames to the events that caused them: an event is there in the first frame that names its id. */
class Watch {
  readonly latencies: number[] = [];
  readonly #users: ReadonlySet<string>;
  readonly #waiting = new Map<string, number>();
  #isMeasuring = false;

  constructor(users: number) {
    this.#users = new Set(Array.from({ length: users }, (_, i) => `user${String(i * Math.floor(USERS / users))}`));
  }

  /** Events of the time that is measured, of watched users, that no frame has named. */
  get missing(): number {
    return this.#waiting.size;
  }

  begin(): void {
    this.#isMeasuring = true;
  }

  end(): void {
    this.#isMeasuring = false;
  }

  sent({ id, user, dueAt }: LoadedEvent): void {
    if (this.#isMeasuring && this.#users.has(user)) this.#waiting.set(id, dueAt);
  }

  subscribe(client: GraphClient): void {
    for (const user of this.#users) {
      const query = `subscription { consumerChanged(id: "${user}") { recent(first: ${String(NEWEST)}) { edges { node { eventId } } } } }`;
      client.subscribe(query, (data) => this.#received(data, performance.now()));
    }
  }

  #received(data: Record<string, unknown>, at: number): void {
    const changed = data["consumerChanged"] as Changed;
    for (const { node } of changed.recent.edges) {
      const dueAt = this.#waiting.get(node.eventId);
      if (dueAt === undefined) continue;
      this.#waiting.delete(node.eventId);
      this.latencies.push(at - dueAt);
    }
  }
}

interface Changed {
  readonly recent: { readonly edges: readonly { readonly node: { readonly eventId: string } }[] };
}
