/** Inserts the rows of one table, in chunks of bounded size. */
import { OnefoldError } from "../../schema/errors.ts";
import type { Rows, TableRows } from "../ports/series-store.ts";
import type { PreparedTable } from "./prepared-table.ts";
import type { Encode } from "./row-encoder.ts";
import type { SeriesConnection } from "./series-connection.ts";
import { TsvWriter } from "./tsv-writer.ts";

/** A chunk is one insert, hence one part on disk. */
const CHUNK_ROWS = 65_536;
const CHUNK_BYTES = 16 * 1024 * 1024;

/** `optimize_on_insert` would sort out replaced rows within one insert: the merge and `FINAL` do it anyway. */
const insertSettings = { async_insert: 0, optimize_on_insert: 0, max_insert_threads: 1 } as const;

/** Resolves when all rows are visible; each chunk is encoded while the one before it is being inserted. */
export async function writeRows(connection: SeriesConnection, table: PreparedTable, rows: TableRows): Promise<void> {
  let before: Promise<void> = Promise.resolve();
  for (const body of bodies(table, rows)) {
    await before;
    before = connection.insert({ table: table.physical, columns: table.columns, body, settings: insertSettings });
    before.catch(() => {});
  }
  await before;
}

function bodies(table: PreparedTable, rows: TableRows): Iterable<Uint8Array<ArrayBuffer>> {
  if (table.kind === "history" && rows.kind === "history") return chunks(rows.rows, table.encode);
  if (table.kind === "buckets" && rows.kind === "buckets") return chunks(rows.rows, table.encode);
  throw new OnefoldError("INTERNAL", `${rows.kind} rows are written to ${rows.table}, a table of ${table.kind}.`);
}

function* chunks<Row>(rows: Rows<Row>, encode: Encode<Row>): Generator<Uint8Array<ArrayBuffer>> {
  const out = new TsvWriter(Math.min(CHUNK_BYTES, 96 * rows.length));
  let count = 0;
  for (const row of rows) {
    encode(out, row);
    count++;
    if (count < CHUNK_ROWS && out.length < CHUNK_BYTES) continue;
    yield out.take();
    count = 0;
  }
  if (count > 0) yield out.take();
}
