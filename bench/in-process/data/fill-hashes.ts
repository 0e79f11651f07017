/** The same records as plain Redis hashes and lists, in a database of their own: as a team by hand would keep them. */
import type { Redis } from "ioredis";
import { consumerRecord, counts, itemRecord, range, shopRecord } from "./sample-records.ts";

export async function fillHashes(redis: Redis): Promise<void> {
  const pipeline = redis.pipeline();
  for (const n of range(counts.consumers)) {
    const { id, recent, recentOrders, ...fields } = consumerRecord(n);
    pipeline.hset(`consumer:${id}`, fields);
    pipeline.rpush(`consumer:${id}:recent`, ...recent.map((one) => JSON.stringify(one)));
    pipeline.rpush(`consumer:${id}:recentOrders`, ...recentOrders.map((one) => JSON.stringify(one)));
  }
  for (const n of range(counts.items)) {
    const { id, ...fields } = itemRecord(n);
    pipeline.hset(`item:${id}`, fields);
  }
  for (const n of range(counts.shops)) {
    const { id, ...fields } = shopRecord(n);
    pipeline.hset(`shop:${id}`, fields);
  }
  await pipeline.exec();
}
