/** The distributed change feed as tests open it: a folder names its topics and channels, and says where the servers are. */
import { readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { openDistributedChangeFeed } from "../../stores/distributed/change-feed/change-feed.ts";
import { openRedisFastPath } from "../../stores/distributed/change-feed/redis-fast-path.ts";
import type { KafkaOptions } from "../../stores/distributed/kafka/kafka-connection.ts";
import { openKafkaConnection } from "../../stores/distributed/kafka/open-kafka-connection.ts";
import type { RedisOptions } from "../../stores/distributed/redis/redis-options.ts";
import type { ChangeFeed } from "../../stores/ports/change-feed.ts";

export interface FeedServers {
  readonly kafka: KafkaOptions;
  readonly redis: RedisOptions;
  /** @default 1,000 ms */
  readonly lookEveryMs?: number;
}

const sources = { events: 4, others: 1, new: 1 };

/** Opens a feed with connections of its own, and leaves in the folder what {@link openFeedOfFolder} needs. */
export async function openFeedIn(folder: string, servers: FeedServers): Promise<ChangeFeed> {
  await writeFile(join(folder, "servers.json"), JSON.stringify(servers));
  return openFeedOfFolder(folder);
}

/** Opens the feed of a folder once more, in this thread or another one. */
export async function openFeedOfFolder(folder: string): Promise<ChangeFeed> {
  const servers = JSON.parse(await readFile(join(folder, "servers.json"), "utf8")) as FeedServers;
  const name = basename(folder);
  const kafka = openKafkaConnection({ ...servers.kafka, namespace: `${name}.` });
  const fastPath = openRedisFastPath({ ...servers.redis, namespace: name });
  const topics = Object.fromEntries(
    Object.entries(sources).map(([topic, partitions]) => [topic, { changeTopic: `changes.${topic}`, partitions }]),
  );
  const { lookEveryMs = 1000 } = servers;
  const feed = await openDistributedChangeFeed({ kafka, fastPath, topics, lookEveryMs });
  return {
    publish: (batches) => feed.publish(batches),
    subscribe: (options) => feed.subscribe(options),
    progress: (signal) => feed.progress(signal),
    ends: () => feed.ends(),
    trim: (topic, partition, before) => feed.trim(topic, partition, before),
    async [Symbol.asyncDispose]() {
      await feed[Symbol.asyncDispose]();
      await fastPath[Symbol.asyncDispose]();
      await kafka[Symbol.asyncDispose]();
    },
  };
}
