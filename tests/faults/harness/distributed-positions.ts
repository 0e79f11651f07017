/** Where the log of a distributed deployment ends, and what its stores include: asked of Kafka, Redis and ClickHouse themselves. */
import { setTimeout as sleep } from "node:timers/promises";
import { Kafka, logLevel } from "kafkajs";
import type { RedisOptions } from "../../../stores/distributed/redis/redis-options.ts";
import { openRedisStateStore } from "../../../stores/distributed/redis/state-store.ts";

export interface PositionsOptions {
  readonly brokers: readonly string[];
  /** Before each name of a topic and a group. */
  readonly namespace: string;
  readonly partitions: number;
  readonly redis: RedisOptions;
  readonly clickhouse: { readonly url: string; readonly database: string };
}

export interface Positions extends AsyncDisposable {
  /** Where each partition of the log ends. */
  ends(): Promise<readonly number[]>;
  /** What the serving generation's state includes, by partition. */
  reached(): Promise<readonly number[]>;
  generation(): Promise<number>;
  /** Resolves when the state includes all that lies below these ends. */
  untilReached(ends: readonly number[]): Promise<void>;
  /** Resolves when so many members share the partitions of the serving generation. */
  untilMembers(members: number): Promise<void>;
  /** Records in the quarantine. */
  deadLetters(): Promise<number>;
  /** Of DWD in ClickHouse: rows, and different ids. */
  rows(): Promise<{ readonly rows: number; readonly ids: number }>;
}

export const paymentsTopic = "events.payments";

const LIMIT_MS = 120_000;
const LOOK_MS = 50;

export function openPositions(options: PositionsOptions): Positions {
  const { namespace } = options;
  const retry = { retries: 3, initialRetryTime: 50 };
  const kafka = new Kafka({ clientId: "positions", brokers: [...options.brokers], logLevel: logLevel.NOTHING, retry });
  const admin = kafka.admin();
  const connected = admin.connect();
  connected.catch(() => undefined);

  const endsOf = async (topic: string): Promise<readonly number[]> => {
    await connected;
    const found: number[] = [];
    // A broker that has just come back does not know all its partitions yet.
    await until("Kafka tells where the log ends", async () => {
      for (const { partition, high } of await admin.fetchTopicOffsets(`${namespace}${topic}`))
        found[partition] = Number(high);
      return true;
    });
    return found;
  };
  const generation = async (): Promise<number> => {
    await using state = await openRedisStateStore(options.redis);
    return (await state.generations())?.serving ?? 1;
  };
  const reached = async (): Promise<readonly number[]> => {
    await using state = await openRedisStateStore(options.redis);
    const serving = (await state.generations())?.serving ?? 1;
    const fences = Array.from({ length: options.partitions }, (_, partition) =>
      state.fences(serving, paymentsTopic, partition),
    );
    return (await Promise.all(fences)).map((shards) => Math.min(...shards));
  };
  return {
    ...{ reached, generation },
    ends: () => endsOf(paymentsTopic),
    deadLetters: async () => (await endsOf("quarantine.payments")).reduce((sum, end) => sum + end, 0),
    async untilReached(wanted) {
      await until("The state includes what was in the log", async () => countUnread(wanted, await reached()) === 0);
    },
    async untilMembers(members) {
      await connected;
      const group = `${namespace}onefold-models-g${String(await generation())}`;
      await until(`${String(members)} members share the log`, async () => {
        const [found] = (await admin.describeGroups([group])).groups;
        return found?.state === "Stable" && found.members.length === members;
      });
    },
    async rows() {
      const { url, database } = options.clickhouse;
      const table = `${database}.g${String(await generation())}_dwd_Payment`;
      const body = `SELECT count() AS rows, uniqExact(__id) AS ids FROM ${table} FINAL FORMAT TSV`;
      const answer = await fetch(url, { method: "POST", body });
      const text = await answer.text();
      if (!answer.ok) throw new Error(text);
      const [rows = NaN, ids = NaN] = text.trim().split("\t").map(Number);
      return { rows, ids };
    },
    async [Symbol.asyncDispose]() {
      await connected.catch(() => undefined);
      await admin.disconnect();
    },
  };
}

/** Records below the ends that are not included. */
export function countUnread(ends: readonly number[], reached: readonly number[]): number {
  return ends.reduce((sum, end, partition) => sum + Math.max(0, end - (reached[partition] ?? 0)), 0);
}

/** What throws is asked again. @throws where it is not so in time */
export async function until(claim: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  for (let fault: unknown; ;) {
    try {
      if (await isSo()) return;
      fault = undefined;
    } catch (thrown) {
      fault = thrown;
    }
    if (performance.now() > deadline) throw new Error(`Not so in time: ${claim}.`, { cause: fault });
    await sleep(LOOK_MS);
  }
}
