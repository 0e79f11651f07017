/** The series store over ClickHouse's SQL: one adapter for the engine in-process and for a server. */
import type { CursorVector } from "../../schema/cursor.ts";
import { OnefoldError } from "../../schema/errors.ts";
import type { TableLayout } from "../../schema/layout/series-layout.ts";
import type { SeriesStore, TableRows } from "../ports/series-store.ts";
import { createFenceTable } from "./fence-table.ts";
import { createHistoryBuffer } from "./history-buffer.ts";
import { readHistory, readRanking } from "./read-tables.ts";
import type { SeriesConnection } from "./series-connection.ts";
import { createSeriesReader } from "./join-series-reads.ts";
import { onePlace, type TablePlacement } from "./table-placement.ts";
import { tableShape } from "./table-shape.ts";
import { prepareTable, type PreparedTable } from "./prepared-table.ts";
import { writeRows } from "./write-rows.ts";

export interface SeriesStoreOptions {
  /** Longest run of one query in the engine. @default 10,000 ms */
  readonly queryTimeoutMs?: number;
  /** Most memory of one query in the engine. @default 256 MiB */
  readonly queryMaxBytes?: number;
}

/**
 * Creates the store over a connection, which it closes when it is disposed. Every side that reads or writes calls
 * `prepare` first: it also tells this side the layouts.
 */
export function createSeriesStore(connection: SeriesConnection, options: SeriesStoreOptions = {}): SeriesStore {
  const limits = {
    timeoutMs: options.queryTimeoutMs ?? 10_000,
    maxBytes: options.queryMaxBytes ?? 256 * 1024 * 1024,
  };
  const source = { connection, limits };
  const { placement = onePlace } = connection;
  const readSeries = createSeriesReader(source);
  const generations = new Map<number, ReadonlyMap<string, PreparedTable>>();

  const tableOf = (generation: number, name: string): PreparedTable => {
    const found = generations.get(generation)?.get(name);
    if (found === undefined) throw notPrepared(generation, name);
    return found;
  };
  const fencesOf = (generation: number) => createFenceTable(connection, placement, physicalName(generation, "fences"));

  return {
    async prepare(generation, layouts) {
      const existing = await existingColumns(connection, generation);
      const tables = layouts.map((layout) => prepareTable(physicalName(generation, layout.name), layout));
      for (const { physical, layout } of tables)
        await createOrCheck({ connection, placement, existing }, physical, layout);
      await fencesOf(generation).create();
      const known = generations.get(generation) ?? new Map<string, PreparedTable>();
      generations.set(generation, new Map([...known, ...tables.map((table) => [table.layout.name, table] as const)]));
    },
    historyBuffer(generation, name) {
      const table = tableOf(generation, name);
      if (table.kind === "history") return createHistoryBuffer(placement, table);
      throw new OnefoldError("INTERNAL", `${name} holds no history.`);
    },
    async write({ generation, rows, fences }) {
      const byTable = new Map<string, TableRows[]>();
      for (const part of rows) byTable.set(part.table, [...(byTable.get(part.table) ?? []), part]);
      const writes = [...byTable].map(([table, parts]) =>
        writeRows({ connection, placement }, tableOf(generation, table), parts),
      );
      const failed = (await Promise.allSettled(writes)).find(({ status }) => status === "rejected");
      if (failed?.status === "rejected") throw failed.reason;
      await fencesOf(generation).write(fences);
    },
    fences: (generation): Promise<CursorVector> => {
      if (!generations.has(generation)) return Promise.reject(notPrepared(generation, "fences"));
      return fencesOf(generation).read();
    },
    readSeries: async (read) => readSeries(tableOf(read.generation, read.table), read),
    readRanking: async (read) => readRanking(source, tableOf(read.generation, read.table), read),
    readHistory: async (read) => readHistory(source, tableOf(read.generation, read.table), read),
    generations: () => storedGenerations(connection),
    async drop(generation) {
      generations.delete(generation);
      const existing = await existingColumns(connection, generation);
      for (const table of existing.keys()) await connection.command(placement.dropTable(table));
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

function physicalName(generation: number, name: string): string {
  return `g${generation}_${name}`;
}

function notPrepared(generation: number, table: string): OnefoldError {
  return new OnefoldError("INTERNAL", `Table ${table} of generation ${generation} is used before it is prepared.`);
}

async function storedGenerations(connection: SeriesConnection): Promise<readonly number[]> {
  const rows = await connection.query(
    "SELECT DISTINCT toInt64(extract(name, '^g([0-9]+)_')) AS id FROM system.tables " +
      "WHERE database = currentDatabase() AND match(name, '^g[0-9]+_') ORDER BY id",
    {},
  );
  return rows.map(([id]) => Number(id));
}

/** Table to its columns, each `name type`, in order. */
async function existingColumns(connection: SeriesConnection, generation: number): Promise<Map<string, string[]>> {
  const rows = await connection.query(
    "SELECT table, name, type FROM system.columns WHERE database = currentDatabase() AND startsWith(table, {prefix:String}) " +
      "ORDER BY table, position",
    { prefix: physicalName(generation, "") },
  );
  const tables = new Map<string, string[]>();
  for (const [table, name, type] of rows) {
    const columns = tables.get(String(table)) ?? [];
    columns.push(`${String(name)} ${String(type)}`);
    tables.set(String(table), columns);
  }
  return tables;
}

interface Tables {
  readonly connection: SeriesConnection;
  readonly placement: TablePlacement;
  readonly existing: ReadonlyMap<string, readonly string[]>;
}

async function createOrCheck(
  { connection, placement, existing }: Tables,
  table: string,
  layout: TableLayout,
): Promise<void> {
  const shape = tableShape(layout);
  const want = shape.columns.map(({ name, type }) => `${name} ${type}`).join(", ");
  const needed = [...new Set([placement.insertInto(table), table])];
  for (const name of needed) {
    const have = existing.get(name)?.join(", ");
    if (have === undefined || have === want) continue;
    throw new OnefoldError(
      "MODEL_CHANGED",
      `The stored table ${name} has the columns (${have}), but the declaration asks for (${want}).`,
    );
  }
  if (needed.every((name) => existing.has(name))) return;
  for (const sql of placement.createTable(table, shape)) await connection.command(sql);
}
