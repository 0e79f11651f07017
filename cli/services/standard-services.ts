/** The services for development: names, ports and settings. `compose.yaml` has the same; a test compares. */
import type { ServiceName } from "./service.ts";

export interface StandardService {
  readonly name: ServiceName;
  readonly title: string;
  /** Its usual port, on loopback. */
  readonly port: number;
}

export const standardServices: readonly StandardService[] = [
  { name: "kafka", title: "Kafka", port: 9092 },
  { name: "redis", title: "Redis", port: 6379 },
  { name: "clickhouse", title: "ClickHouse", port: 8123 },
];

export const serviceNames: readonly ServiceName[] = standardServices.map(({ name }) => name);

/** State must neither be evicted nor be lost with the process. */
export const standardRedis = { appendonly: "everysec", maxmemoryPolicy: "noeviction" } as const;

/** Enough for a developer's load. */
export const standardKafka = { heapMb: 512 } as const;
