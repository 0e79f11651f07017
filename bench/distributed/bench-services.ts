/** Kafka, Redis and ClickHouse for one benchmark, on loopback, and instances apart from each other on them. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readStartConfig, type DistributedConfig } from "../../cli/config.ts";
import { OpenedResources } from "../../cli/profiles/opened-resources.ts";
import { startClickHouse } from "../../cli/services/clickhouse-service.ts";
import { startKafka } from "../../cli/services/kafka-service.ts";
import { startRedis } from "../../cli/services/redis-service.ts";
import type { RunningService } from "../../cli/services/service.ts";
import { cpuSeconds } from "./process-usage.ts";

/** CPU seconds used so far. */
export interface ServiceCpu {
  readonly kafka: number;
  readonly redis: number;
  readonly clickhouse: number;
}

export interface BenchServices extends AsyncDisposable {
  /** A fresh instance: what it has in the services, no other sees. */
  instance(more?: Readonly<Record<string, string>>): BenchInstance;
  cpu(): ServiceCpu;
}

export interface BenchInstance {
  /** For `onefold` as a process. */
  readonly environment: Readonly<Record<string, string>>;
  readonly config: DistributedConfig;
}

/** As `onefold services up` has them: AOF each second, a broker of 512 MB. */
export async function startBenchServices(): Promise<BenchServices> {
  const folder = await mkdtemp(join(tmpdir(), "onefold-bench-"));
  await using started = new OpenedResources();
  started.use({ [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) });
  const at = (name: string) => ({ folder: join(folder, name), port: 0 });
  const kafka = started.use(await startKafka(at("kafka")));
  const redis = started.use(await startRedis({ ...at("redis"), appendonly: "everysec" }));
  const clickhouse = started.use(await startClickHouse(at("clickhouse")));
  endWithProcess([redis, clickhouse]);
  let instances = 0;
  const running = started.move();
  return {
    instance(more = {}) {
      const space = `bench${String(instances++)}`;
      const environment = {
        ONEFOLD_PROFILE: "distributed",
        ONEFOLD_KAFKA_BROKERS: kafka.addresses.join(","),
        ONEFOLD_KAFKA_NAMESPACE: `${space}.`,
        ONEFOLD_REDIS_URL: `redis://${redis.addresses[0] ?? ""}`,
        ONEFOLD_REDIS_NAMESPACE: space,
        ONEFOLD_CLICKHOUSE_URL: `http://${clickhouse.addresses[0] ?? ""}`,
        ONEFOLD_CLICKHOUSE_DATABASE: space,
        ONEFOLD_INGEST_PARTITIONS: "4",
        ...more,
      };
      const config = readStartConfig({}, { env: environment, cwd: folder });
      if (config.profile !== "distributed") throw new Error("not the distributed profile");
      return { environment, config };
    },
    cpu: () => ({
      kafka: sumOf(kafka.pids),
      redis: sumOf(redis.pids),
      clickhouse: sumOf(clickhouse.pids),
    }),
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

/** Kafka does so by itself. A service that has ended in order takes no signal any more. */
function endWithProcess(services: readonly RunningService[]): void {
  process.on("exit", () => {
    for (const service of services) {
      try {
        service.signal("SIGKILL");
      } catch {
        // It has ended.
      }
    }
  });
}

function sumOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
}
