/** What `onefold start` runs with: one shape a profile. */
import { resolve } from "node:path";
import type { SeriesWriterOptions } from "../../ingest/worker/series-writer.ts";
import type { ClickHouseOptions } from "../../stores/distributed/clickhouse/clickhouse-options.ts";
import type { KafkaOptions } from "../../stores/distributed/kafka/kafka-connection.ts";
import type { RedisOptions } from "../../stores/distributed/redis/redis-options.ts";
import { authorizationOptions, type AuthorizationConfig } from "./authorization-options.ts";
import { expandRoles, type LogLevel, type Role } from "./config-schema.ts";
import { gatewayTuning, type GatewayTuning } from "./gateway-options.ts";
import { findDomains } from "./find-domains.ts";
import type { LoadedSettings } from "./load-settings.ts";
import { clickhouseOptions, kafkaOptions, redisOptions } from "./store-options.ts";
import { remoteSubgraphs, type RemoteSubgraph } from "./subgraph-options.ts";

export interface Config {
  /** Absolute. */
  readonly dataDir: string;
  /** The folder of the declarations, as messages name it: relative where it lies below the working directory. */
  readonly domains: string;
  /** Whether that folder is the one that comes with Onefold. */
  readonly ownDomains: boolean;
}

export interface ServeConfig extends Config {
  readonly host: string;
  readonly port: number;
  /** Null: any origin on this machine. */
  readonly corsOrigins: readonly string[] | null;
  readonly gateway: GatewayTuning;
  /** Events a second of live sample traffic; null: none. */
  readonly rate: number | null;
  readonly logLevel: LogLevel;
  readonly authorization: AuthorizationConfig;
  readonly ingest: IngestConfig;
  readonly telemetry: TelemetryConfig;
}

export interface IngestConfig {
  /** Of new topics; the embedded profile always has one. */
  readonly partitions: number;
  /** Records that one read takes at most. */
  readonly maxRecords: number;
  readonly seriesWriter: SeriesWriterOptions;
  /** Offsets. */
  readonly dedupeWindow: number;
  readonly retentionMs: number;
}

export interface TelemetryConfig {
  readonly metrics: boolean;
  /** That metrics keep apart. */
  readonly operationNames: number;
  /** Null: no operation is logged as slow. */
  readonly slowOperationMs: number | null;
  /** Null: no traces are made. */
  readonly traces: { readonly otlpEndpoint: string; readonly sampleRatio: number } | null;
}

export interface EmbeddedConfig extends ServeConfig {
  readonly profile: "embedded";
}

export interface DistributedConfig extends ServeConfig {
  readonly profile: "distributed";
  readonly roles: ReadonlySet<Role>;
  readonly kafka: KafkaOptions;
  readonly redis: RedisOptions;
  readonly clickhouse: ClickHouseOptions;
  /** Where the subgraph role listens for gateways of other processes. */
  readonly subgraphServer: { readonly host: string; readonly port: number };
  /** By domain: where a gateway without the subgraph role finds it. */
  readonly subgraphs: Readonly<Record<string, RemoteSubgraph>>;
}

/** What `onefold gateway` takes of the settings. */
export type GatewayConfig = Pick<
  ServeConfig,
  "host" | "port" | "gateway" | "logLevel" | "authorization" | "telemetry"
> &
  Pick<DistributedConfig, "subgraphs">;

export type StartConfig = EmbeddedConfig | DistributedConfig;

export function createConfig({ settings, originOf, folderOf }: LoadedSettings, cwd: string): Config {
  const { dataDir, domains } = settings;
  const folder = domains === undefined ? undefined : resolve(folderOf(["domains"]), domains);
  const base = originOf(["dataDir"]).kind === "default" ? cwd : folderOf(["dataDir"]);
  return { dataDir: resolve(base, dataDir), ...findDomains(folder, cwd) };
}

export function createStartConfig(loaded: LoadedSettings, cwd: string): StartConfig {
  const { settings } = loaded;
  const serve = { ...createConfig(loaded, cwd), ...serving(loaded) };
  switch (settings.profile) {
    case "embedded":
      return { ...serve, profile: "embedded" };
    case "distributed":
      return {
        ...serve,
        profile: "distributed",
        roles: expandRoles(settings.roles),
        kafka: kafkaOptions(settings),
        redis: redisOptions(settings),
        clickhouse: clickhouseOptions(settings),
        subgraphServer: settings.subgraphServer,
        subgraphs: remoteSubgraphs(settings),
      };
  }
}

export function createGatewayConfig(loaded: LoadedSettings): GatewayConfig {
  const { host, port, gateway, logLevel, authorization, telemetry } = serving(loaded);
  return { host, port, gateway, logLevel, authorization, telemetry, subgraphs: remoteSubgraphs(loaded.settings) };
}

function serving(loaded: LoadedSettings): Omit<ServeConfig, keyof Config> {
  const { settings, originOf } = loaded;
  const { http, generate, ingest, telemetry, log, profile } = settings;
  const wantsTraffic =
    generate.enabled ?? (profile === "embedded" || originOf(["generate", "rate"]).kind !== "default");
  const { otlpEndpoint, sampleRatio } = telemetry.traces;
  return {
    host: http.host,
    port: http.port,
    corsOrigins: http.corsOrigins ?? null,
    gateway: gatewayTuning(loaded),
    rate: wantsTraffic ? generate.rate : null,
    logLevel: log.level,
    authorization: authorizationOptions(loaded),
    ingest: {
      partitions: ingest.partitions,
      maxRecords: ingest.batchRecords,
      seriesWriter: { intervalMs: ingest.seriesFlushMs, maxRows: ingest.seriesFlushRows },
      dedupeWindow: ingest.dedupeWindow,
      retentionMs: Math.round(ingest.retentionHours * 3_600_000),
    },
    telemetry: {
      metrics: telemetry.metrics,
      operationNames: telemetry.operationNames,
      slowOperationMs: telemetry.slowOperationMs === 0 ? null : telemetry.slowOperationMs,
      traces: otlpEndpoint === undefined ? null : { otlpEndpoint, sampleRatio },
    },
  };
}
