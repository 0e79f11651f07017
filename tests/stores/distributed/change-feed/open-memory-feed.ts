/** Distributed change feeds over servers in memory: each call is one process more. */
import {
  openDistributedChangeFeed,
  type DistributedChangeFeedOptions,
} from "../../../../stores/distributed/change-feed/change-feed.ts";
import type { ChangeBatch, ChangeFeed } from "../../../../stores/ports/change-feed.ts";
import { MemoryBus } from "./memory-fast-path.ts";
import { MemoryKafka } from "./memory-kafka.ts";

/** So seldom that a test does not live to see a look that nothing called for. */
export const never = 2 ** 30;

export class MemoryServers {
  readonly kafka = new MemoryKafka();
  readonly bus = new MemoryBus();

  open(options: Partial<DistributedChangeFeedOptions> = {}): Promise<ChangeFeed> {
    const topics = { events: { changeTopic: "changes.events", partitions: 2 } };
    const { kafka, bus } = this;
    return openDistributedChangeFeed({ kafka, fastPath: bus.open(), topics, lookEveryMs: never, ...options });
  }
}

/** A batch of partition 0 whose one key is about so long, and names its range. */
export function largeBatch(from: number, to: number, bytes: number): ChangeBatch {
  const keys = [`member:${from}-${to}-${"x".repeat(bytes)}`];
  return {
    topic: "events",
    partition: 0,
    from,
    to,
    entities: [{ entity: "Consumer", shapes: [[]], keys, shapeOf: [0] }],
  };
}
