/** Where the rows of a table live: all on one engine, or each on one of several servers, chosen by its key. */
import { createTableSql, quoted, type TableShape } from "./table-shape.ts";

export interface TablePlacement {
  /** How many servers share the rows of each table. */
  readonly servers: number;
  /** The one that keeps all rows of a key, 0 to `servers` − 1: only there do they replace each other. */
  readonly serverOf: (key: string) => number;
  /** The statements that create a table where it is absent, in order. */
  createTable(table: string, shape: TableShape): readonly string[];
  dropTable(table: string): string;
  /** What rows of `table` are inserted into, on each server. Queries read `table`. */
  insertInto(table: string): string;
}

/** One engine has all rows of all tables. */
export const onePlace: TablePlacement = {
  servers: 1,
  serverOf: () => 0,
  createTable: (table, shape) => [createTableSql(table, shape)],
  dropTable: (table) => `DROP TABLE IF EXISTS ${quoted(table)} SYNC`,
  insertInto: (table) => table,
};
