/**
 * Answers reads of series with few queries: reads that differ only in whose series they ask for, and that are asked for
 * in the same turn or wait together for a query to end, are one query. A long list of keys is several.
 */
import { OnefoldError } from "../../schema/errors.ts";
import type { SeriesPoint, SeriesRead } from "../ports/series-store.ts";
import type { PreparedTable } from "./prepared-table.ts";
import { unreadable } from "./read-bounds.ts";
import type { ReadSource } from "./read-tables.ts";
import { combineMembers, queryPoints, spannedBuckets, type PointQuery, type PointsByMember } from "./series-points.ts";

export type ReadSeries = (table: PreparedTable, read: SeriesRead) => Promise<readonly (readonly SeriesPoint[])[]>;

/** A server takes 128 KiB in one parameter, where a byte may be escaped by another. */
const QUERY_KEY_BYTES = 48 * 1024;
/** So many points, empty buckets included, are asked for by one query of several reads. */
const QUERY_POINTS = 1_000_000;

interface Asked {
  readonly members: readonly string[];
  readonly bytes: number;
  readonly resolve: (points: PointsByMember) => void;
  readonly reject: (error: unknown) => void;
}

interface Group {
  readonly query: PointQuery;
  readonly waiting: Set<Asked>;
}

/** A read that has waited for the time of one query without a turn fails with STORE_UNAVAILABLE. */
export function createSeriesReader(source: ReadSource): ReadSeries {
  const { parallelQueries = 1 } = source.connection;
  const groups = new Map<string, Group>();
  let running = 0;
  let scheduled = false;

  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      for (const [key, group] of groups) {
        while (group.waiting.size > 0 && running < parallelQueries) void run(group.query, takeTogether(group));
        if (group.waiting.size === 0) groups.delete(key);
      }
    });
  };
  const run = async (query: PointQuery, together: readonly Asked[]): Promise<void> => {
    running++;
    try {
      const members = [...new Set(together.flatMap((asked) => asked.members))];
      const points = await queryPoints(source, query, members);
      for (const { resolve } of together) resolve(points);
    } catch (error) {
      for (const { reject } of together) reject(error);
    } finally {
      running--;
      if (groups.size > 0) schedule();
    }
  };
  const ask = (query: PointQuery, members: readonly string[]): Promise<PointsByMember> =>
    new Promise((resolve, reject) => {
      const key = [query.physical, query.dimension, query.everyMs, query.from, query.to, query.limit].join("|");
      const group = groups.get(key) ?? { query, waiting: new Set() };
      groups.set(key, group);
      const timer = setTimeout(() => {
        if (group.waiting.delete(asked)) reject(waitedTooLong(source.limits.timeoutMs));
      }, source.limits.timeoutMs);
      const settled =
        <Value>(settle: (value: Value) => void) =>
        (value: Value): void => {
          clearTimeout(timer);
          settle(value);
        };
      const asked = { members, bytes: bytesOf(members), resolve: settled(resolve), reject: settled(reject) };
      group.waiting.add(asked);
      schedule();
    });

  return async ({ layout, physical }, read) => {
    const { dimension, from, to, everyMs, limit = Infinity } = read;
    if (layout.kind !== "series" || !layout.dimensions.includes(dimension)) throw unreadable(read.table, dimension);
    const members = [...new Set(read.keys.flat())];
    if (members.length === 0 || !(from < to) || limit < 1) return read.keys.map(() => []);
    const query: PointQuery = { physical, layout, dimension, from, to, everyMs, limit };
    const parts = await Promise.all(split(members).map((part) => ask(query, part)));
    const [first = new Map()] = parts;
    const pointsOf: PointsByMember = parts.length === 1 ? first : new Map(parts.flatMap((part) => [...part]));
    return read.keys.map((key) => combineMembers(query, pointsOf, key));
  };
}

/** The reads that have waited longest, as many as one query may answer; at least one. */
function takeTogether({ query, waiting }: Group): readonly Asked[] {
  const pointsEach = Math.min(spannedBuckets(query), query.limit);
  const taken: Asked[] = [];
  let bytes = 0;
  let points = 0;
  for (const asked of waiting) {
    bytes += asked.bytes;
    points += asked.members.length * pointsEach;
    if (taken.length > 0 && (bytes > QUERY_KEY_BYTES || points > QUERY_POINTS)) break;
    taken.push(asked);
    waiting.delete(asked);
  }
  return taken;
}

/** Lists of members that one query can take each. */
function split(members: readonly string[]): readonly (readonly string[])[] {
  if (bytesOf(members) <= QUERY_KEY_BYTES) return [members];
  const lists: string[][] = [];
  let bytes = Infinity;
  for (const member of members) {
    bytes += bytesOf([member]);
    if (bytes > QUERY_KEY_BYTES) {
      bytes = bytesOf([member]);
      lists.push([]);
    }
    lists.at(-1)?.push(member);
  }
  return lists;
}

/** Each member with its quotes and a comma. */
function bytesOf(members: readonly string[]): number {
  return members.reduce((sum, member) => sum + Buffer.byteLength(member) + 3, 0);
}

function waitedTooLong(ms: number): OnefoldError {
  return new OnefoldError("STORE_UNAVAILABLE", `The series store has not come to this query for ${ms} ms.`);
}
