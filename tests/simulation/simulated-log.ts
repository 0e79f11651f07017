/** The log as a process of the simulation sees it: over the network, with waits in virtual time and memberships that end late. */
import type { EventLog, GroupAssignment, LogChunk, ReadOptions } from "../../stores/ports/event-log.ts";
import { partitionKey } from "../../schema/cursor.ts";
import type { FaultKind } from "./fault-kinds.ts";
import type { Network } from "./network.ts";
import type { SimulatedProcess } from "./simulated-process.ts";
import type { VirtualTime } from "./virtual-time.ts";

export interface LogWorld {
  readonly log: EventLog;
  readonly network: Network;
  readonly time: VirtualTime;
  /** Wakes who waits for records, by partition. */
  readonly waiting: Map<string, Set<() => void>>;
  readonly hit: (kind: FaultKind) => void;
  /** How long it takes until a process learns that its partitions are another's. */
  readonly lostLatencyMs: () => number;
}

export interface SimulatedLog extends EventLog {
  /** Ends all memberships of the process, as a broker does that heard nothing of it for too long. */
  expel(): void;
}

export function simulateLog(world: LogWorld, process: SimulatedProcess): SimulatedLog {
  const { log, network } = world;
  const memberships = new Set<AbortController>();
  return {
    createTopic: (topic, options) => log.createTopic(topic, options),
    append: (topic, batch) =>
      network.call(process, {
        port: "log",
        what: `append ${topic} ${String(batch.records.length)}`,
        effect: () => log.append(topic, batch),
        repeatable: batch.producer !== undefined,
      }),
    read: (topic, partition, from, options) => readOrWait(world, process, { topic, partition, from, options }),
    ranges: (topic) => network.call(process, { port: "log", what: `ranges ${topic}`, effect: () => log.ranges(topic) }),
    producers: (prefix) =>
      network.call(process, { port: "log", what: `producers ${prefix}`, effect: () => log.producers(prefix) }),
    join: (group, topics, signal) => join(world, process, { group, topics, signal, memberships }),
    trim: (topic, partition, before) =>
      network.call(process, {
        port: "log",
        what: `trim ${partitionKey(topic, partition)} ${String(before)}`,
        effect: async () => {
          world.hit("log-trimmed");
          await log.trim(topic, partition, before);
        },
      }),
    expel: () => {
      for (const membership of memberships) membership.abort();
      memberships.clear();
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

async function readOrWait(
  world: LogWorld,
  process: SimulatedProcess,
  at: {
    readonly topic: string;
    readonly partition: number;
    readonly from: number;
    readonly options: ReadOptions | undefined;
  },
): Promise<LogChunk> {
  const { topic, partition, from } = at;
  const { waitMs = 0, signal, ...limits } = at.options ?? {};
  const key = partitionKey(topic, partition);
  const read = (): Promise<LogChunk> =>
    world.network.call(process, {
      port: "log",
      what: `read ${key} ${String(from)}`,
      effect: () => world.log.read(topic, partition, from, limits),
    });
  const chunk = await read();
  if (chunk.next !== from || waitMs === 0 || isOver(signal)) return chunk;
  await arrival(world, process, { key, waitMs, signal });
  return isOver(signal) ? chunk : await read();
}

/** A call of its own: an abort may come while one waits. */
function isOver(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

/** Resolves when records came, when the time is over, or at an abort. */
function arrival(
  { waiting, time }: LogWorld,
  process: SimulatedProcess,
  at: { readonly key: string; readonly waitMs: number; readonly signal: AbortSignal | undefined },
): Promise<void> {
  return new Promise((resolve) => {
    const wakes = waiting.get(at.key) ?? new Set();
    waiting.set(at.key, wakes);
    const wake = (): void => {
      if (!wakes.delete(wake)) return;
      at.signal?.removeEventListener("abort", wake);
      process.deliver(resolve);
    };
    wakes.add(wake);
    at.signal?.addEventListener("abort", wake);
    time.after(at.waitMs, wake);
  });
}

/** A membership that the broker has ended goes on in the process until it learns of it. */
async function* join(
  world: LogWorld,
  process: SimulatedProcess,
  of: {
    readonly group: string;
    readonly topics: readonly string[];
    readonly signal: AbortSignal;
    readonly memberships: Set<AbortController>;
  },
): AsyncGenerator<GroupAssignment> {
  const membership = new AbortController();
  of.memberships.add(membership);
  const leave = (): void => membership.abort();
  if (of.signal.aborted) leave();
  of.signal.addEventListener("abort", leave, { once: true });
  const offers = world.log.join(of.group, of.topics, membership.signal)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const offer = await delivered(world, process, offers.next());
      if (offer.done === true) return;
      yield { ...offer.value, lost: learnedLate(world, process, offer.value.lost) };
    }
  } finally {
    of.signal.removeEventListener("abort", leave);
    of.memberships.delete(membership);
    membership.abort();
    await offers.return?.();
  }
}

function delivered<T>({ time, network }: LogWorld, process: SimulatedProcess, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    answer.then(
      (value) => time.after(network.latency(), () => process.deliver(() => resolve(value))),
      (fault: unknown) =>
        process.deliver(() => reject(fault instanceof Error ? fault : new Error(JSON.stringify(fault)))),
    );
  });
}

function learnedLate({ time, lostLatencyMs }: LogWorld, process: SimulatedProcess, lost: AbortSignal): AbortSignal {
  const learned = new AbortController();
  const learn = (): void => time.after(lostLatencyMs(), () => process.deliver(() => learned.abort()));
  if (lost.aborted) learn();
  else lost.addEventListener("abort", learn, { once: true });
  return learned.signal;
}
