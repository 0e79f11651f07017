/** The checks of Kafka: brokers answer, topics are as they were made, and no producer's clock is ahead. */
import { createRequire } from "node:module";
import type * as KafkaJs from "kafkajs";
import { Kafka, type Admin } from "kafkajs";
import { kafkaClientConfig, namespaced } from "../../stores/distributed/kafka/kafka-client-config.ts";
import type { KafkaOptions } from "../../stores/distributed/kafka/kafka-connection.ts";
import type { PlatformModel } from "../../schema/model/platform.ts";
import { failed, ok, warning, type Check, type CheckResult } from "./check.ts";

/** The client is CommonJS, and does not export its enums to modules. */
const { ConfigResourceTypes } = createRequire(import.meta.url)("kafkajs") as typeof KafkaJs;

export interface KafkaFacts {
  readonly options: KafkaOptions;
  readonly platform: Pick<PlatformModel, "sources">;
  /** @default Date.now */
  readonly clock?: () => number;
}

/** A record may be stamped by a clock that is a little ahead of ours. */
const AHEAD_MS = 5_000;

export function kafkaChecks({ options, platform, clock = Date.now }: KafkaFacts): readonly Check[] {
  const where = options.brokers.join(", ");
  const within = async (look: (admin: Admin) => Promise<CheckResult>): Promise<CheckResult> => {
    const admin = new Kafka(kafkaClientConfig(options)).admin();
    await admin.connect();
    try {
      return await look(admin);
    } finally {
      await admin.disconnect();
    }
  };
  const topics = platform.sources.flatMap(({ topic, quarantineTopic }) => [topic, quarantineTopic]);
  const names = topics.map((topic) => namespaced(options, topic));
  return [
    { name: "kafka", where, run: () => within((admin) => checkBrokers(admin, options)) },
    { name: "kafka topics", where, run: () => within((admin) => checkTopics(admin, names, options)) },
    { name: "kafka clock", where, run: () => within((admin) => checkTimestamps(admin, names, clock)) },
  ];
}

async function checkBrokers(admin: Admin, { replicationFactor = 1 }: KafkaOptions): Promise<CheckResult> {
  const { brokers, controller } = await admin.describeCluster();
  const text = `${String(brokers.length)} brokers, controller ${String(controller ?? "unknown")}`;
  if (brokers.length >= replicationFactor) return ok(text);
  return failed(
    `${text}, for ${String(replicationFactor)} copies of each topic`,
    "Start more brokers, or lower kafka.replicationFactor: topics cannot be made like this.",
  );
}

/** What a source needs of its topic; anything else is the operator's. */
const wanted: Readonly<Record<string, string>> = { "cleanup.policy": "delete", "retention.ms": "-1" };

async function checkTopics(admin: Admin, names: readonly string[], options: KafkaOptions): Promise<CheckResult> {
  const known = new Set(await admin.listTopics());
  const present = names.filter((name) => known.has(name));
  if (present.length === 0) return ok("none yet: they are made at the first start");
  const { topics } = await admin.fetchTopicMetadata({ topics: [...present] });
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: present.map((name) => ({ type: ConfigResourceTypes.TOPIC, name, configNames: Object.keys(wanted) })),
  });
  const drift = resources.flatMap(({ resourceName, configEntries }) =>
    configEntries
      .filter(({ configName, configValue }) => configName in wanted && wanted[configName] !== configValue)
      .map(({ configName, configValue }) => `${resourceName} has ${configName}=${configValue}`),
  );
  if (drift.length > 0) {
    const settings = Object.entries(wanted).map(([name, value]) => `${name}=${value}`);
    const remedy = `Set ${settings.join(" and ")} on them: Onefold trims them itself, and never below what a store needs.`;
    return failed(`${drift.join("; ")}.`, remedy);
  }
  const copies = options.replicationFactor ?? 1;
  const thin = topics.filter(({ partitions }) => partitions.some(({ replicas }) => replicas.length < copies));
  const lame = topics.filter(({ partitions }) => partitions.some(({ isr, replicas }) => isr.length < replicas.length));
  const partitions = topics.reduce((sum, topic) => sum + topic.partitions.length, 0);
  const text = `${String(present.length)} of ${String(names.length)} topics, ${String(partitions)} partitions`;
  if (lame.length > 0) {
    return warning(
      `${text}; ${lame.map(({ name }) => name).join(", ")} lack in-sync replicas`,
      "See which broker is away: what is acknowledged now is on fewer brokers than it should be.",
    );
  }
  if (thin.length === 0) return ok(text);
  return warning(
    `${text}; ${thin.map(({ name }) => name).join(", ")} have fewer than ${String(copies)} copies`,
    "Add replicas with Kafka's own tool: Onefold sets their number only when it makes a topic.",
  );
}

/** Records carry the time of whoever appended them: one from our future tells of a clock that is ahead, or of ours that is behind. */
async function checkTimestamps(admin: Admin, names: readonly string[], clock: () => number): Promise<CheckResult> {
  const known = new Set(await admin.listTopics());
  const ahead: string[] = [];
  for (const name of names.filter((each) => known.has(each))) {
    const later = await admin.fetchTopicOffsetsByTimestamp(name, clock() + AHEAD_MS);
    const ends = new Map((await admin.fetchTopicOffsets(name)).map(({ partition, high }) => [partition, Number(high)]));
    const found = later.some(
      ({ partition, offset }) => Number(offset) >= 0 && Number(offset) < (ends.get(partition) ?? 0),
    );
    if (found) ahead.push(name);
  }
  if (ahead.length === 0) return ok("no record is stamped later than now");
  return warning(
    `records of ${ahead.join(", ")} are stamped later than now`,
    "Let all machines follow one time source (NTP): lag and lateness are judged by the time of the append.",
  );
}
