/** A table as the adapter keeps it after `prepare`: its layout, its physical name, its columns and its compiled encoder. */
import type { HistoryTable, RankingTable, SeriesTable, TableLayout } from "../../schema/layout/series-layout.ts";
import type { BucketRow, HistoryRow } from "../ports/series-store.ts";
import { compileBucketEncoder, compileHistoryEncoder, type Encode } from "./row-encoder.ts";
import { tableShape } from "./table-shape.ts";

interface Physical {
  readonly physical: string;
  readonly columns: readonly string[];
}

export interface PreparedHistory extends Physical {
  readonly kind: "history";
  readonly layout: HistoryTable;
  readonly encode: Encode<HistoryRow>;
}

export interface PreparedBuckets extends Physical {
  readonly kind: "buckets";
  readonly layout: SeriesTable | RankingTable;
  readonly encode: Encode<BucketRow>;
}

export type PreparedTable = PreparedHistory | PreparedBuckets;

export function prepareTable(physical: string, layout: TableLayout): PreparedTable {
  const columns = tableShape(layout).columns.map(({ name }) => name);
  return layout.kind === "history"
    ? { kind: "history", physical, columns, layout, encode: compileHistoryEncoder(layout) }
    : { kind: "buckets", physical, columns, layout, encode: compileBucketEncoder(layout) };
}
