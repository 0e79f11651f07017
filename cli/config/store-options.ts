/** What the stores are opened with, out of the settings. */
import type { ClickHouseCluster, ClickHouseOptions } from "../../stores/distributed/clickhouse/clickhouse-options.ts";
import type { KafkaOptions, KafkaTls } from "../../stores/distributed/kafka/kafka-connection.ts";
import type { RedisOptions } from "../../stores/distributed/redis/redis-options.ts";
import type { Settings } from "./config-schema.ts";
import type { Secret } from "./setting-kinds.ts";

/** PEM texts. */
interface Tls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

type TlsSetting = boolean | { readonly [Name in keyof Tls]?: Secret | undefined } | undefined;

export function kafkaOptions({ kafka }: Settings): KafkaOptions {
  const { brokers = [], clientId, namespace, replicationFactor, ssl, sasl, requestTimeoutMs, sessionTimeoutMs } = kafka;
  const shared = { brokers, clientId, namespace, replicationFactor, requestTimeoutMs, sessionTimeoutMs };
  return {
    ...shared,
    ...(ssl === undefined ? {} : { ssl: kafkaTls(ssl) }),
    ...(sasl === undefined ? {} : { sasl: { ...sasl, password: plainSecret(sasl.password) } }),
  };
}

function kafkaTls(ssl: NonNullable<Settings["kafka"]["ssl"]>): boolean | KafkaTls {
  if (typeof ssl === "boolean") return ssl;
  const { rejectUnauthorized, ...certificates } = ssl;
  return { ...plainCertificates(certificates), rejectUnauthorized };
}

export function redisOptions({ redis }: Settings): RedisOptions {
  const { url, nodes = [], cluster, namespace, username, password, tls, commandTimeoutMs } = redis;
  const encrypted = tls ?? (url?.startsWith("rediss:") === true ? true : undefined);
  return {
    nodes:
      url === undefined ? nodes.map((node) => hostAndPort(new URL(`redis://${node}`))) : [hostAndPort(new URL(url))],
    cluster,
    namespace,
    commandTimeoutMs,
    ...credentials(username, password),
    ...certificates(encrypted),
  };
}

export function clickhouseOptions({ clickhouse }: Settings): ClickHouseOptions {
  const { url = "", database, username, password, tls, requestTimeoutMs, compressInserts, cluster } = clickhouse;
  return {
    url,
    database,
    requestTimeoutMs,
    compressInserts,
    cluster: cluster === undefined ? null : { name: cluster.name, shards: shardsOf(cluster.shards) },
    ...credentials(username, password),
    ...(tls === undefined ? {} : { tls: { ...plainCertificates(tls), ca: plainSecret(tls.ca) } }),
  };
}

/** No shard is empty: the check has refused that. */
function shardsOf(shards: readonly (readonly string[])[]): ClickHouseCluster["shards"] {
  return shards.flatMap(([first, ...others]) => (first === undefined ? [] : [[first, ...others] as const]));
}

function credentials(
  username: string | undefined,
  password: Secret | undefined,
): { readonly username?: string; readonly password?: string } {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: plainSecret(password) }),
  };
}

function certificates(tls: TlsSetting): { readonly tls?: boolean | Tls } {
  if (tls === undefined) return {};
  return { tls: typeof tls === "boolean" ? tls : plainCertificates(tls) };
}

export function plainCertificates(tls: Exclude<TlsSetting, boolean | undefined>): Tls {
  const { ca, cert, key } = tls;
  return {
    ...(ca === undefined ? {} : { ca: plainSecret(ca) }),
    ...(cert === undefined ? {} : { cert: plainSecret(cert) }),
    ...(key === undefined ? {} : { key: plainSecret(key) }),
  };
}

/** @throws Error where secrets were left unresolved: a fault of the caller */
export function plainSecret(secret: Secret): string {
  if (typeof secret === "string") return secret;
  throw new Error("A secret was used before it was resolved.");
}

function hostAndPort({ hostname, port }: URL): { readonly host: string; readonly port: number } {
  // `new URL` keeps the brackets of an IPv6 address; sockets want none.
  return { host: hostname.replace(/^\[(.*)\]$/, "$1"), port: port === "" ? 6379 : Number(port) };
}
