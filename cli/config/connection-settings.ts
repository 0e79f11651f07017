/** The sections of `onefold.yaml` that tell how to reach Kafka, Redis and ClickHouse. */
import { z } from "zod";
import { address, count, flag, listOf, oneOf, secret, sectionWanted, text, url } from "./setting-kinds.ts";

const certificates = {
  ca: secret("Certificate authorities that are trusted, PEM. Default: the system's.").optional(),
  cert: secret("Onefold's own certificate, PEM, where the server asks for one.").optional(),
  key: secret("The private key of `cert`, PEM.").optional(),
};

const tlsWanted = "true, false, or a section with ca, cert and key";

const tls = z.union([flag(), z.strictObject(certificates)], tlsWanted);

const kafkaTls = z.union(
  [
    flag(),
    z.strictObject({
      ...certificates,
      rejectUnauthorized: flag().default(true).describe("Whether a certificate that cannot be verified is refused."),
    }),
  ],
  "true, false, or a section with ca, cert, key and rejectUnauthorized",
);

const sasl = z.strictObject(
  {
    mechanism: oneOf(["plain", "scram-sha-256", "scram-sha-512"]).describe("How Onefold proves who it is."),
    username: text("a user name").describe("Who Onefold is to the brokers."),
    password: secret("The password of `username`."),
  },
  sectionWanted,
);

export const kafkaSection = z
  .strictObject(
    {
      brokers: listOf(address(), "a list of host:port")
        .optional()
        .describe("Some brokers; the others are found from there. The distributed profile needs it."),
      clientId: text("a name").default("onefold").describe("What the brokers' logs call Onefold."),
      namespace: z
        .string("a text")
        .regex(/^[\w.-]*$/, "letters, digits, dots, dashes and underscores")
        .default("")
        .describe("Stands before each name of a topic and a group, so that several instances can share a cluster."),
      replicationFactor: count(1, 15).default(1).describe("Copies of each new topic; 3 where there are three brokers."),
      ssl: kafkaTls.optional().describe("Encrypted connections; true: with the system's authorities."),
      sasl: sasl.optional().describe("Who Onefold is to the brokers."),
      requestTimeoutMs: count(100)
        .default(30_000)
        .describe("Milliseconds after which a broker that has not answered counts as lost."),
      sessionTimeoutMs: count(1_000)
        .default(30_000)
        .describe("Milliseconds without a sign of life after which an ingest worker loses its partitions."),
    },
    sectionWanted,
  )
  .prefault({})
  .describe("How to reach Kafka.");

export const redisSection = z
  .strictObject(
    {
      url: url("redis", "rediss").optional().describe("One server; rediss:// is encrypted. This, or `nodes`."),
      nodes: listOf(address(), "a list of host:port").optional().describe("Some nodes of a cluster."),
      cluster: flag().default(false).describe("Whether it is a Redis Cluster."),
      namespace: text("a text").default("onefold").describe("Part of every key, so that instances can share a server."),
      username: text("a user name").optional().describe("Who Onefold is to Redis, where it has users."),
      password: secret("The password.").optional(),
      tls: tls.optional().describe("Encrypted connections; true: with the system's authorities."),
      commandTimeoutMs: count(10).default(5_000).describe("Milliseconds after which a command without answer fails."),
    },
    sectionWanted,
  )
  .prefault({})
  .describe("How to reach Redis. It must not evict keys: `maxmemory-policy noeviction`.");

const shardsWanted = "a list of at most 64 shards, each a list of the HTTP URLs of its replicas";

const cluster = z.strictObject(
  {
    name: z
      .string("a name")
      .regex(/^\w[\w.-]*$/, "a name of letters, digits, dots, dashes and underscores")
      .describe("As in ClickHouse's `remote_servers`."),
    shards: listOf(listOf(url("http", "https"), shardsWanted), shardsWanted)
      .max(64, shardsWanted)
      .describe("Each shard's replicas by their HTTP URLs, in the order of `remote_servers`."),
  },
  sectionWanted,
);

const clickhouseTls = z.strictObject(
  {
    ca: secret("Certificate authorities that are trusted, PEM."),
    cert: certificates.cert,
    key: certificates.key,
  },
  "a section with ca, cert and key",
);

export const clickhouseSection = z
  .strictObject(
    {
      url: url("http", "https").optional().describe("The HTTP interface. The distributed profile needs it."),
      database: z
        .string("a name")
        .regex(/^\w[\w.-]*$/, "a name of letters, digits, dots, dashes and underscores")
        .default("onefold")
        .describe("The database that holds Onefold's tables; made if absent."),
      username: text("a user name").optional().describe("Who Onefold is to ClickHouse. Default: `default`."),
      password: secret("The password.").optional(),
      tls: clickhouseTls.optional().describe("Certificates for an https URL. Default: the system's authorities."),
      compressInserts: flag().default(false).describe("Whether rows are sent gzipped: for links that are slow."),
      requestTimeoutMs: count(100).default(30_000).describe("Milliseconds after which a query without answer fails."),
      cluster: cluster.optional().describe("Replicated tables over several servers. Default: one server."),
    },
    sectionWanted,
  )
  .prefault({})
  .describe("How to reach ClickHouse.");
