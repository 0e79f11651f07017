/** Kafka, Redis and ClickHouse for one test file, and an instance's settings for each data directory on them. */
import { createHash } from "node:crypto";
import { startTestClickHouse, type TestClickHouse } from "./start-clickhouse.ts";
import { startTestKafka, type TestKafka } from "./start-kafka.ts";
import { startTestRedis, type TestRedis } from "./start-redis.ts";

export interface TestServices extends AsyncDisposable {
  readonly kafka: TestKafka;
  readonly redis: TestRedis;
  readonly clickhouse: TestClickHouse;
  /** The variables of the distributed profile: one instance for each name, apart from all others. */
  environment(name: string): Readonly<Record<string, string>>;
}

/** Null where one of them is missing here; its own start says so loudly, or fails where services are required. */
export async function startTestServices(): Promise<TestServices | null> {
  const kafka = await startTestKafka();
  if (kafka === null) return null;
  const redis = await startTestRedis({ appendonly: "everysec" });
  if (redis === null) {
    await kafka[Symbol.asyncDispose]();
    return null;
  }
  const clickhouse = await startTestClickHouse();
  return {
    ...{ kafka, redis, clickhouse },
    environment(name) {
      const space = `t${createHash("sha256").update(name).digest("hex").slice(0, 12)}`;
      return {
        ONEFOLD_PROFILE: "distributed",
        ONEFOLD_KAFKA_BROKERS: kafka.service.addresses.join(","),
        ONEFOLD_KAFKA_NAMESPACE: `${space}.`,
        ONEFOLD_KAFKA_SESSION_TIMEOUT_MS: "6000",
        ONEFOLD_REDIS_URL: `redis://${redis.service.addresses[0] ?? ""}`,
        ONEFOLD_REDIS_NAMESPACE: space,
        ONEFOLD_CLICKHOUSE_URL: clickhouse.url,
        ONEFOLD_CLICKHOUSE_DATABASE: space,
      };
    },
    async [Symbol.asyncDispose]() {
      for (const service of [clickhouse, redis, kafka]) await service[Symbol.asyncDispose]();
    },
  };
}
