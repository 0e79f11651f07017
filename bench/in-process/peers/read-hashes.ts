/** Records out of plain Redis structures, each kind in one pipeline a batch: what subgraphs by hand would have. */
import DataLoader from "dataloader";
import type { Redis } from "ioredis";

export type Fields = Readonly<Record<string, string>>;

export interface PageKey {
  /** Of the list. */
  readonly key: string;
  readonly first: number;
}

export interface HashReads {
  /** All fields of a hash; empty where it is not there. */
  readonly record: DataLoader<string, Fields>;
  /** The first entries of a list of JSON texts. */
  readonly page: DataLoader<PageKey, readonly unknown[], string>;
}

/** For one request. */
export function createHashReads(redis: Redis): HashReads {
  return {
    record: new DataLoader(async (keys) => {
      const pipeline = redis.pipeline();
      for (const key of keys) pipeline.hgetall(key);
      return resultsOf<Fields>(await pipeline.exec());
    }),
    page: new DataLoader(
      async (pages: readonly PageKey[]) => {
        const pipeline = redis.pipeline();
        for (const { key, first } of pages) pipeline.lrange(key, 0, first - 1);
        const lists = resultsOf<readonly string[]>(await pipeline.exec());
        return lists.map((list) => list.map((text): unknown => JSON.parse(text)));
      },
      { cacheKeyFn: ({ key, first }) => `${key} ${String(first)}` },
    ),
  };
}

function resultsOf<Value>(replies: readonly (readonly [Error | null, unknown])[] | null): readonly Value[] {
  return (replies ?? []).map(([error, value]) => {
    if (error !== null) throw error;
    return value as Value;
  });
}
