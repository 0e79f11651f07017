/** What `onefold.yaml` may contain. Its JSON schema, the page on configuration and the names of variables are made from this. */
import { z } from "zod";
import { authorizationSection } from "./authorization-settings.ts";
import { clickhouseSection, kafkaSection, redisSection } from "./connection-settings.ts";
import { count, flag, listOf, numberAbove, oneOf, origin, port, sectionWanted, text, url } from "./setting-kinds.ts";
import { gatewaySection } from "./gateway-settings.ts";
import { subgraphSection } from "./subgraph-settings.ts";

export const profiles = ["embedded", "distributed"] as const;
export type Profile = (typeof profiles)[number];

const roles = ["ingest", "subgraph", "gateway"] as const;
const roleNames = ["all", ...roles] as const;
/** What one process of the distributed profile does. */
export type Role = (typeof roles)[number];

/** The roles that a process has; what is no role is left out. */
export function expandRoles(names: readonly unknown[]): ReadonlySet<Role> {
  return new Set(roles.filter((role) => names.includes("all") || names.includes(role)));
}

export const logLevels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

/** Events a second. */
export const rateSetting = numberAbove(0, 1_000_000, "events a second");

const http = z
  .strictObject(
    {
      host: text("a host name or address").default("127.0.0.1").describe("The address to listen on."),
      port: port().default(4000).describe("Graph, push, health and metrics; 0: any free port."),
      corsOrigins: listOf(origin(), "a list of origins")
        .optional()
        .describe("Whose pages may call; * for all. Default: any on this machine."),
    },
    sectionWanted,
  )
  .prefault({})
  .describe("The server that every role opens.");

const subgraphServer = z
  .strictObject(
    {
      host: text("a host name or address").default("127.0.0.1").describe("The address to listen on."),
      port: port().default(4001).describe("Subgraphs, for gateways in other processes; 0: any free port."),
    },
    sectionWanted,
  )
  .prefault({})
  .describe("The server of the subgraph role, for gateways. Nobody else needs to reach it.");

const ingest = z
  .strictObject(
    {
      partitions: count(1, 10_000)
        .default(4)
        .describe("Partitions of new topics on the distributed profile: the most workers that can share a source."),
      batchRecords: count(1, 1_000_000).default(32_768).describe("Records that one read takes at most."),
      seriesFlushMs: count(1).default(1_000).describe("Milliseconds between two writes to the series store."),
      seriesFlushRows: count(1).default(50_000).describe("Rows that wait at most before they are written earlier."),
      dedupeWindow: count(1).default(2_000_000).describe("Offsets back to which a repeated id is recognised."),
      retentionHours: numberAbove(0, 876_000, "hours").default(168).describe("Hours for which the log keeps events."),
    },
    sectionWanted,
  )
  .prefault({})
  .describe("How events are taken in.");

const traces = z
  .strictObject(
    {
      otlpEndpoint: url("http", "https")
        .optional()
        .describe("Where traces go, OTLP over HTTP. Default: none are made."),
      sampleRatio: z
        .number("a number from 0 to 1")
        .min(0, "a number from 0 to 1")
        .max(1, "a number from 0 to 1")
        .default(0.01)
        .describe("The part of all traces that is made."),
    },
    sectionWanted,
  )
  .prefault({})
  .describe("OpenTelemetry traces.");

const telemetry = z
  .strictObject(
    {
      metrics: flag().default(true).describe("Prometheus metrics at /metrics."),
      operationNames: count(0, 10_000)
        .default(100)
        .describe("Operations that metrics keep apart by name: the first ones; all others are `other`."),
      slowOperationMs: count(0)
        .default(1_000)
        .describe("Milliseconds from which an operation of the gateway is logged as slow; 0: none is."),
      traces,
    },
    sectionWanted,
  )
  .prefault({})
  .describe("What Onefold tells about itself.");

const generate = z
  .strictObject(
    {
      enabled: flag()
        .optional()
        .describe("Live sample traffic. Default: on the embedded profile, or where a rate is set."),
      rate: rateSetting.default(40).describe("Events a second of live sample traffic."),
    },
    sectionWanted,
  )
  .prefault({})
  .describe("Live sample traffic, for the sample domains.");

export const configSchema = z.strictObject(
  {
    profile: oneOf(profiles)
      .default("embedded")
      .describe("embedded: one process without servers; distributed: Kafka, Redis and ClickHouse."),
    roles: listOf(oneOf(roleNames), "a list of all, ingest, subgraph, gateway")
      .default(["all"])
      .describe("What a process of the distributed profile does."),
    domains: text("a folder")
      .optional()
      .describe("Folder of declarations. Default: schema/ if it holds any, else Onefold's samples."),
    dataDir: text("a path").default(".onefold").describe("Where the embedded profile keeps its data."),
    http,
    authorization: authorizationSection,
    subgraphServer,
    subgraphs: z
      .record(
        z.string().regex(/^[A-Za-z][\w-]*$/, "the name of a domain"),
        subgraphSection,
        "a section of domain: { url: … }",
      )
      .default({})
      .describe("By domain: where a gateway without the role subgraph finds it."),
    gateway: gatewaySection,
    ingest,
    generate,
    kafka: kafkaSection,
    redis: redisSection,
    clickhouse: clickhouseSection,
    telemetry,
    log: z
      .strictObject(
        { level: oneOf(logLevels).default("info").describe(`The least level that is logged.`) },
        sectionWanted,
      )
      .prefault({})
      .describe("The log on stderr."),
  },
  sectionWanted,
);

/** All settings with their defaults; secrets are texts once they are resolved. */
export type Settings = z.output<typeof configSchema>;
