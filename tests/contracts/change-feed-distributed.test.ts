/** The change feed of the distributed profile keeps the contract of the port, over real Kafka and real Redis. */
import { afterAll, describe } from "@jest/globals";
import { openFeedIn } from "../support/distributed-change-feed.ts";
import { startTestKafka } from "../support/start-kafka.ts";
import { startTestRedis } from "../support/start-redis.ts";
import { changeFeedContract } from "./change-feed.contract.ts";
import { durableChangeFeedContract } from "./durable-change-feed.contract.ts";

const [kafka, single, cluster] = await Promise.all([
  startTestKafka(),
  startTestRedis(),
  startTestRedis({ cluster: 3 }),
]);

afterAll(async () => {
  for (const service of [kafka, single, cluster]) await service?.[Symbol.asyncDispose]();
}, 60_000);

for (const [name, redis] of [
  ["distributed ChangeFeed, one Redis", single],
  ["distributed ChangeFeed, Redis Cluster", cluster],
] as const) {
  if (kafka === null || redis === null) {
    describe.skip(name, () => {});
    continue;
  }
  const servers = { kafka: kafka.options(), redis: redis.options() };
  const adapter = {
    name,
    open: (folder: string) => openFeedIn(folder, servers),
    feedThread: "distributed-feed-thread",
  };
  changeFeedContract(adapter);
  durableChangeFeedContract(adapter);
}
