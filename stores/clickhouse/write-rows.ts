/** Inserts the rows of one table, in chunks of bounded size, each row on the server that keeps its key. */
import { OnefoldError } from "../../schema/errors.ts";
import type { Sequence } from "../ports/sequence.ts";
import type { BucketRow, TableRows } from "../ports/series-store.ts";
import { EncodedHistory } from "./history-buffer.ts";
import { LineChunks, type Chunk } from "./line-chunks.ts";
import type { PreparedBuckets, PreparedTable } from "./prepared-table.ts";
import type { SeriesConnection } from "./series-connection.ts";
import type { TablePlacement } from "./table-placement.ts";

/** `optimize_on_insert` would sort out replaced rows within one insert: the merge and `FINAL` do it anyway. */
const insertSettings = { async_insert: 0, optimize_on_insert: 0, max_insert_threads: 1 } as const;

/** Where rows go. */
export interface RowTarget {
  readonly connection: SeriesConnection;
  readonly placement: TablePlacement;
}

/** Resolves when all rows are visible; each chunk of bucket rows is encoded while the one before it is being inserted. */
export async function writeRows(
  { connection, placement }: RowTarget,
  table: PreparedTable,
  rows: TableRows,
): Promise<void> {
  const before: Promise<void>[] = [];
  const { columns } = table;
  for (const { server, body } of chunksOf(placement, table, rows)) {
    await before[server];
    const into = placement.insertInto(table.physical);
    const insert = connection.insert({ table: into, columns, body, settings: insertSettings, server });
    insert.catch(() => {});
    before[server] = insert;
  }
  await Promise.all(before);
}

function chunksOf(placement: TablePlacement, table: PreparedTable, rows: TableRows): Iterable<Chunk> {
  if (table.kind === "history" && rows.kind === "history" && rows.rows instanceof EncodedHistory)
    return rows.rows.chunks;
  if (table.kind === "buckets" && rows.kind === "buckets") return encodeBuckets(placement, table, rows.rows);
  throw new OnefoldError("INTERNAL", `${rows.kind} rows are written to ${rows.table}, a table of ${table.kind}.`);
}

function* encodeBuckets(
  { servers, serverOf }: TablePlacement,
  { encode }: PreparedBuckets,
  rows: Sequence<BucketRow>,
): Generator<Chunk> {
  const chunks = new LineChunks({ encode, servers, serverOf: ({ dimensions }) => serverOf(dimensions[0] ?? "") });
  for (const row of rows) {
    const full = chunks.add(row);
    if (full !== null) yield full;
  }
  yield* chunks.rest();
}
