/** Reads time series for one request: series of one table, bucket size and range are read in one query. */
import DataLoader from "dataloader";
import type { CursorVector } from "../../schema/cursor.ts";
import type { ResolvedIdentity } from "../../stores/ports/identity-store.ts";
import type { RankingEntry, RankingRead, SeriesPoint } from "../../stores/ports/series-store.ts";
import { MAX_BUCKETS } from "./bucket-range.ts";
import { loadInGroups } from "./load-in-groups.ts";
import type { ServingStores } from "./serving-deps.ts";

export interface SeriesLoad {
  readonly table: string;
  /** The dimension that is read by. */
  readonly dimension: string;
  readonly identity: ResolvedIdentity;
  /** Bucket starts in [from, to), epoch ms, both aligned to `everyMs`. */
  readonly from: number;
  readonly to: number;
  readonly everyMs: number;
}

export interface LoadedSeries {
  /** One more than an answer may hold, where there are more. */
  readonly points: readonly SeriesPoint[];
  /** Null where no cursor was asked for. */
  readonly includes: CursorVector | null;
}

export interface LoadedRanking {
  readonly entries: readonly RankingEntry[];
  readonly includes: CursorVector | null;
}

export interface SeriesLoader {
  /** Loads of one turn that differ only in whose series they ask for are one query. */
  load(load: SeriesLoad): Promise<LoadedSeries>;
  ranking(read: Omit<RankingRead, "generation">): Promise<LoadedRanking>;
}

export interface SeriesLoaderOptions {
  readonly generation: number;
  readonly wantsCursor: boolean;
}

/** Opens the loader of one request. */
export function createSeriesLoader(series: ServingStores["series"], options: SeriesLoaderOptions): SeriesLoader {
  const { generation, wantsCursor } = options;
  /** What a query made after this includes at least. */
  const readFences = async (): Promise<CursorVector | null> => (wantsCursor ? series.fences(generation) : null);

  const readQuery = async (loads: readonly [SeriesLoad, ...SeriesLoad[]]): Promise<readonly LoadedSeries[]> => {
    const { table, dimension, from, to, everyMs } = loads[0];
    const keys = loads.map(({ identity }) => identity.members);
    const includes = await readFences();
    const limit = MAX_BUCKETS + 1;
    const lists = await series.readSeries({ generation, table, dimension, keys, from, to, everyMs, limit });
    return lists.map((points) => ({ points, includes }));
  };
  const loader = new DataLoader<SeriesLoad, LoadedSeries, string>(
    (loads) => loadInGroups(loads, queryText, readQuery),
    { cacheKeyFn: (load) => `${queryText(load)}|${load.identity.canonical}` },
  );
  return {
    load: (load) => loader.load(load),
    async ranking(read) {
      const includes = await readFences();
      return { entries: await series.readRanking({ ...read, generation }), includes };
    },
  };
}

function queryText({ table, dimension, everyMs, from, to }: SeriesLoad): string {
  return `${table}|${dimension}|${everyMs}|${from}|${to}`;
}
