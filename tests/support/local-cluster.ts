/**
 * A cluster's tables where there is no cluster: the engine in-process keeps no replicas and runs nothing `ON CLUSTER`, but
 * its Distributed tables work over shards that are itself.
 */
import type { SeriesConnection } from "../../stores/clickhouse/series-connection.ts";
import type { TablePlacement } from "../../stores/clickhouse/table-placement.ts";

/** The cluster `name` of so many shards, each of which is the server itself. */
export function localClusterConfig(name: string, shards: number): string {
  const shard = "<shard><replica><host>localhost</host><port>9000</port></replica></shard>";
  const servers = `<remote_servers><${name}>${shard.repeat(shards)}</${name}></remote_servers>`;
  return `<clickhouse><tcp_port>9000</tcp_port>${servers}</clickhouse>\n`;
}

/** The same statements without replicas, for this server only. */
export function withoutReplicas(placement: TablePlacement): TablePlacement {
  const local = (sql: string): string =>
    sql.replace(/ ON CLUSTER `[^`]+`/, "").replace("ReplicatedReplacingMergeTree", "ReplacingMergeTree");
  return {
    ...placement,
    createTable: (table, shape) => placement.createTable(table, shape).map(local),
    dropTable: (table) => local(placement.dropTable(table)),
  };
}

/** The connection with another placement. */
export function placed(connection: SeriesConnection, placement: TablePlacement): SeriesConnection {
  return { ...connection, placement };
}
