/** The distributed change feed keeps the contract of the port over a Kafka and a fast path in memory. */
import { openDistributedChangeFeed } from "../../../../stores/distributed/change-feed/change-feed.ts";
import type { ChangeFeed } from "../../../../stores/ports/change-feed.ts";
import { changeFeedContract } from "../../../contracts/change-feed.contract.ts";
import { MemoryBus } from "./memory-fast-path.ts";
import { MemoryKafka } from "./memory-kafka.ts";

const topics = Object.fromEntries(
  ["events", "others", "new"].map((topic) => [topic, { changeTopic: `changes.${topic}`, partitions: 4 }]),
);

const open = (fastPath: MemoryBus, lookEveryMs: number): Promise<ChangeFeed> =>
  openDistributedChangeFeed({ kafka: new MemoryKafka(), fastPath: fastPath.open(), topics, lookEveryMs });

changeFeedContract({ name: "distributed ChangeFeed in memory", open: () => open(new MemoryBus(), 1000) });
