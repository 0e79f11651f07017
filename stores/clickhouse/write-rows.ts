/** Inserts the rows of one table, in chunks of bounded size, each row on the server that keeps its key. */
import { OnefoldError } from "../../schema/errors.ts";
import type { BucketRow, HistoryRow, Rows, TableRows } from "../ports/series-store.ts";
import type { PreparedTable } from "./prepared-table.ts";
import type { Encode } from "./row-encoder.ts";
import type { SeriesConnection } from "./series-connection.ts";
import type { TablePlacement } from "./table-placement.ts";
import { TsvWriter } from "./tsv-writer.ts";

/** A chunk is one insert, hence one part on disk. */
const CHUNK_ROWS = 65_536;
const CHUNK_BYTES = 16 * 1024 * 1024;

/** `optimize_on_insert` would sort out replaced rows within one insert: the merge and `FINAL` do it anyway. */
const insertSettings = { async_insert: 0, optimize_on_insert: 0, max_insert_threads: 1 } as const;

/** Where rows go. */
export interface RowTarget {
  readonly connection: SeriesConnection;
  readonly placement: TablePlacement;
}

interface Chunk {
  readonly server: number;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** What one table's rows become, and where they go. */
interface Lines<Row> {
  readonly encode: Encode<Row>;
  readonly servers: number;
  readonly serverOf: (row: Row) => number;
}

/** Resolves when all rows are visible; each chunk is encoded while the one before it is being inserted. */
export async function writeRows(
  { connection, placement }: RowTarget,
  table: PreparedTable,
  rows: TableRows,
): Promise<void> {
  const before: Promise<void>[] = [];
  const { columns } = table;
  for (const { server, body } of bodies(placement, table, rows)) {
    await before[server];
    const into = placement.insertInto(table.physical);
    const insert = connection.insert({ table: into, columns, body, settings: insertSettings, server });
    insert.catch(() => {});
    before[server] = insert;
  }
  await Promise.all(before);
}

function bodies(placement: TablePlacement, table: PreparedTable, rows: TableRows): Iterable<Chunk> {
  const { servers, serverOf } = placement;
  if (table.kind === "history" && rows.kind === "history") {
    const ofPartition = (row: HistoryRow): number => serverOf(String(row.partition));
    return chunks(rows.rows, { encode: table.encode, servers, serverOf: ofPartition });
  }
  if (table.kind === "buckets" && rows.kind === "buckets") {
    const ofDimension = (row: BucketRow): number => serverOf(row.dimensions[0] ?? "");
    return chunks(rows.rows, { encode: table.encode, servers, serverOf: ofDimension });
  }
  throw new OnefoldError("INTERNAL", `${rows.kind} rows are written to ${rows.table}, a table of ${table.kind}.`);
}

function* chunks<Row>(rows: Rows<Row>, { encode, servers, serverOf }: Lines<Row>): Generator<Chunk> {
  const capacity = Math.ceil(Math.min(CHUNK_BYTES, 96 * rows.length) / servers);
  const open = Array.from({ length: servers }, () => ({ out: new TsvWriter(capacity), count: 0 }));
  for (const row of rows) {
    const server = servers === 1 ? 0 : serverOf(row);
    const chunk = open[server];
    if (chunk === undefined) throw new OnefoldError("INTERNAL", `A row is placed on server ${server} of ${servers}.`);
    encode(chunk.out, row);
    chunk.count++;
    if (chunk.count < CHUNK_ROWS && chunk.out.length < CHUNK_BYTES / servers) continue;
    yield { server, body: chunk.out.take() };
    chunk.count = 0;
  }
  for (const [server, { out, count }] of open.entries()) if (count > 0) yield { server, body: out.take() };
}
