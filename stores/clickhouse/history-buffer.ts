/** Collects history rows as the lines that are inserted. */
import type { HistoryBuffer, HistoryRow, HistoryRows } from "../ports/series-store.ts";
import { LineChunks, type Chunk } from "./line-chunks.ts";
import type { PreparedHistory } from "./prepared-table.ts";
import type { TablePlacement } from "./table-placement.ts";

/** What a buffer hands over. */
export class EncodedHistory implements HistoryRows {
  readonly length: number;
  readonly chunks: readonly Chunk[];

  constructor(length: number, chunks: readonly Chunk[]) {
    this.length = length;
    this.chunks = chunks;
  }
}

/** Every row on the server that keeps its partition. */
export function createHistoryBuffer({ servers, serverOf }: TablePlacement, { encode }: PreparedHistory): HistoryBuffer {
  const lines = new LineChunks<HistoryRow>({ encode, servers, serverOf: (row) => serverOf(String(row.partition)) });
  let full: Chunk[] = [];
  let length = 0;
  return {
    add(row) {
      const chunk = lines.add(row);
      if (chunk !== null) full.push(chunk);
      length++;
    },
    take() {
      const taken = new EncodedHistory(length, [...full, ...lines.rest()]);
      full = [];
      length = 0;
      return taken;
    },
  };
}
