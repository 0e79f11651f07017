/**
 * Tables of a cluster: a local table on every server, replicated within its shard, and a Distributed table of the
 * declared name over them, for reads. All rows of a key are on one shard, so that there they replace themselves.
 */
import { OnefoldError } from "../../../schema/errors.ts";
import { SHARDS, shardOf } from "../../../schema/model/entity-key.ts";
import type { TablePlacement } from "../../clickhouse/table-placement.ts";
import { columnList, createTableSql, quoted } from "../../clickhouse/table-shape.ts";
import type { ClickHouseCluster } from "./clickhouse-options.ts";

/** @throws OnefoldError INPUT_INVALID where the cluster has no shards, or more than there are virtual ones */
export function clusterPlacement(cluster: ClickHouseCluster, database: string): TablePlacement {
  const servers = cluster.shards.length;
  if (servers < 1 || servers > SHARDS) {
    throw new OnefoldError("INPUT_INVALID", `A ClickHouse cluster has 1 to ${SHARDS} shards, not ${servers}.`);
  }
  const name = quotedName(cluster.name);
  const onCluster = ` ON CLUSTER ${name}`;
  return {
    servers,
    // Each shard has a range of the virtual shards.
    serverOf: (key) => Math.floor((shardOf("series", key) * servers) / SHARDS),
    createTable: (table, shape) => [
      createTableSql(localTable(table), shape, { replacing: "ReplicatedReplacingMergeTree", onCluster }),
      `CREATE TABLE IF NOT EXISTS ${quoted(table)}${onCluster} (\n${columnList(shape)}\n)\n` +
        `ENGINE = Distributed(${name}, ${quotedName(database)}, ${quoted(localTable(table))})`,
    ],
    dropTable: (table) => `DROP TABLE IF EXISTS ${quoted(table)}${onCluster} SYNC`,
    insertInto: localTable,
  };
}

export function createDatabaseSql(database: string, cluster: ClickHouseCluster | null): string {
  const onCluster = cluster === null ? "" : ` ON CLUSTER ${quotedName(cluster.name)}`;
  return `CREATE DATABASE IF NOT EXISTS ${quotedName(database)}${onCluster}`;
}

function localTable(table: string): string {
  return `${table}_local`;
}

/** Names from a configuration, which may have dashes. */
function quotedName(name: string): string {
  if (/^\w[\w.-]*$/.test(name)) return `\`${name}\``;
  const message = `${JSON.stringify(name)} is no name of a ClickHouse database or cluster.`;
  throw new OnefoldError("INPUT_INVALID", message, { remedy: "Use letters, digits, dots, dashes and underscores." });
}
