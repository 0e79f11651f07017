/** Opens the stores of the distributed profile: Kafka, Redis and ClickHouse, as the configuration names them. */
import { recordOriginOf } from "../../../ingest/sources/foreign-origin.ts";
import type { PlatformModel } from "../../../schema/model/platform.ts";
import { createSeriesStore } from "../../../stores/clickhouse/series-store.ts";
import { openDistributedChangeFeed } from "../../../stores/distributed/change-feed/change-feed.ts";
import { openRedisFastPath } from "../../../stores/distributed/change-feed/redis-fast-path.ts";
import { connectClickHouse } from "../../../stores/distributed/clickhouse/connect-clickhouse.ts";
import { createKafkaEventLog } from "../../../stores/distributed/kafka/kafka-event-log.ts";
import { openKafkaConnection } from "../../../stores/distributed/kafka/open-kafka-connection.ts";
import { openRedisStateStore } from "../../../stores/distributed/redis/state-store.ts";
import { createSelfIdentityStore } from "../../../stores/ports/resolve-to-self.ts";
import type { DistributedConfig } from "../../config.ts";
import { OpenedResources } from "../opened-resources.ts";
import type { DistributedStores } from "./distributed-engine.ts";

export type StoresConfig = Pick<DistributedConfig, "kafka" | "redis" | "clickhouse" | "ingest">;

/** Topics that are absent are made; of those that are there, the partitions stay. */
export async function openStores(
  config: StoresConfig,
  platform: PlatformModel,
): Promise<DistributedStores & AsyncDisposable> {
  const { partitions } = config.ingest;
  await using opened = new OpenedResources();
  const kafka = opened.use(openKafkaConnection(config.kafka));
  const log = opened.use(createKafkaEventLog(kafka, { originOf: recordOriginOf(platform) }));
  const state = opened.use(await openRedisStateStore(config.redis));
  const fastPath = opened.use(openRedisFastPath(config.redis));
  const series = opened.use(createSeriesStore(connectClickHouse(config.clickhouse)));
  const made = await Promise.all(
    platform.sources.map(async ({ topic, quarantineTopic, domain, name }) => {
      const [events] = await Promise.all([topic, quarantineTopic].map((each) => log.createTopic(each, { partitions })));
      const changeTopic = `onefold.changes.${domain}.${name}`;
      return [topic, { changeTopic, partitions: events?.partitions ?? partitions }] as const;
    }),
  );
  const topics = Object.fromEntries(made);
  const changes = opened.use(await openDistributedChangeFeed({ kafka, fastPath, topics }));
  const resources = opened.move();
  return {
    ...{ log, state, series, changes, identity: createSelfIdentityStore() },
    isWhole: async () => (await state.incarnation()) === "whole",
    [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose](),
  };
}
