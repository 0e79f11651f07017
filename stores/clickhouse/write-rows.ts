/** Inserts the rows of one table, all partitions' together, in chunks of bounded size, each row on the server that keeps its key. */
import { OnefoldError } from "../../schema/errors.ts";
import type { BucketRow, TableRows } from "../ports/series-store.ts";
import { EncodedHistory } from "./history-buffer.ts";
import { joinChunks, LineChunks, type Chunk } from "./line-chunks.ts";
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
  parts: readonly TableRows[],
): Promise<void> {
  const before: Promise<void>[] = [];
  const { columns } = table;
  for (const { server, body } of chunksOf(placement, table, parts)) {
    await before[server];
    const into = placement.insertInto(table.physical);
    const insert = connection.insert({ table: into, columns, body, settings: insertSettings, server });
    insert.catch(() => {});
    before[server] = insert;
  }
  await Promise.all(before);
}

function chunksOf(placement: TablePlacement, table: PreparedTable, parts: readonly TableRows[]): Iterable<Chunk> {
  if (table.kind === "buckets") return encodeBuckets(placement, table, parts);
  return joinChunks(
    parts.flatMap((part) => {
      if (part.kind === "history" && part.rows instanceof EncodedHistory) return part.rows.chunks;
      throw misplaced(table, part);
    }),
  );
}

function* encodeBuckets(
  { servers, serverOf }: TablePlacement,
  table: PreparedBuckets,
  parts: readonly TableRows[],
): Generator<Chunk> {
  const { encode } = table;
  const chunks = new LineChunks<BucketRow>({
    encode,
    servers,
    serverOf: ({ dimensions }) => serverOf(dimensions[0] ?? ""),
  });
  for (const part of parts) {
    if (part.kind !== "buckets") throw misplaced(table, part);
    for (const row of part.rows) {
      const full = chunks.add(row);
      if (full !== null) yield full;
    }
  }
  yield* chunks.rest();
}

function misplaced({ kind }: PreparedTable, part: TableRows): OnefoldError {
  return new OnefoldError("INTERNAL", `${part.kind} rows are written to ${part.table}, a table of ${kind}.`);
}
