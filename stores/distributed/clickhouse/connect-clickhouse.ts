/** Connects the series store to a ClickHouse server or cluster over HTTP. */
import type { SeriesConnection, SeriesInsert } from "../../clickhouse/series-connection.ts";
import { onePlace } from "../../clickhouse/table-placement.ts";
import type { ClickHouseOptions } from "./clickhouse-options.ts";
import {
  DEFAULT_TIMEOUT_MS,
  openClickHouseServer,
  ServerFailure,
  type ClickHouseServer,
  type Settings,
} from "./clickhouse-server.ts";
import { clusterPlacement, createDatabaseSql } from "./cluster-placement.ts";
import { createWriteOrder } from "./write-order.ts";

/** UNKNOWN_DATABASE */
const DATABASE_MISSING = 81;

/** Half of the requests at once, so that series do not keep rankings and fences waiting. */
const PARALLEL_QUERIES = 4;

/** Sends nothing before its first use. @throws OnefoldError INPUT_INVALID */
export function connectClickHouse(options: ClickHouseOptions): SeriesConnection {
  const { cluster, database } = options;
  const createDatabase = createDatabaseSql(database, cluster);
  const placement = cluster === null ? onePlace : clusterPlacement(cluster, database);
  const settings = settingsOf(options);
  const entry = openClickHouseServer(options);
  const shards = cluster?.shards.map((replicas) => replicas.map((url) => openClickHouseServer({ ...options, url })));
  const order = createWriteOrder();

  const makeDatabase = async (): Promise<void> => {
    await using server = openClickHouseServer({ ...options, database: "default" });
    await server.command(createDatabase, settings.ddl);
  };
  /** Asks again where the database was missing and has been made. */
  const within = async <Result>(request: () => Promise<Result>): Promise<Result> => {
    try {
      try {
        return await request();
      } catch (thrown) {
        if (!(thrown instanceof ServerFailure) || thrown.failure.exceptionCode !== DATABASE_MISSING) throw thrown;
      }
      await makeDatabase();
      return await request();
    } catch (thrown) {
      throw thrown instanceof ServerFailure ? thrown.failure.error : thrown;
    }
  };

  return {
    placement,
    parallelQueries: PARALLEL_QUERIES,
    insert: (request) =>
      order.insert(() => within(() => insertInto(shards?.[request.server ?? 0] ?? [entry], request, settings.insert))),
    query: (sql, parameters) => within(() => entry.query(sql, parameters, settings.query)),
    command: (sql) => order.command(() => within(() => entry.command(sql, settings.ddl))),
    async [Symbol.asyncDispose]() {
      await Promise.all([entry, ...(shards?.flat() ?? [])].map((server) => server[Symbol.asyncDispose]()));
    },
  };
}

/** Tries the replicas in their order: the next where one cannot be reached. */
async function insertInto(
  replicas: readonly ClickHouseServer[],
  request: SeriesInsert,
  settings: Settings,
): Promise<void> {
  for (const [i, replica] of replicas.entries()) {
    try {
      await replica.insert(request, settings);
      return;
    } catch (thrown) {
      const unreached = thrown instanceof ServerFailure && thrown.failure.exceptionCode === null;
      if (!unreached || i === replicas.length - 1) throw thrown;
    }
  }
}

interface RequestSettings {
  readonly insert: Settings;
  readonly query: Settings;
  readonly ddl: Settings;
}

function settingsOf({ cluster, requestTimeoutMs = DEFAULT_TIMEOUT_MS }: ClickHouseOptions): RequestSettings {
  if (cluster === null) return { insert: {}, query: {}, ddl: {} };
  const replicated = cluster.shards.some((replicas) => replicas.length > 1);
  return {
    insert: {
      // Rows written again replace themselves, which has no window.
      insert_deduplicate: 0,
      // A fence must not outlive the rows that it tells of: most replicas have both when an insert is answered.
      ...(replicated ? { insert_quorum: "auto", insert_quorum_timeout: requestTimeoutMs } : {}),
    },
    // An answer without the rows of one shard would be wrong without saying so.
    query: {
      skip_unavailable_shards: 0,
      fallback_to_stale_replicas_for_distributed_queries: 0,
      load_balancing: "in_order",
    },
    ddl: { distributed_ddl_task_timeout: Math.ceil(requestTimeoutMs / 1000), distributed_ddl_output_mode: "throw" },
  };
}
