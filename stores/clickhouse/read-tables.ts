/** Runs the reads of rankings and history, and turns their rows into the port's values. */
import type { EventField } from "../../schema/model/event.ts";
import type { StandardValue } from "../../schema/model/value.ts";
import type { HistoryRow, RankingEntry, RankingRead, SeriesStore } from "../ports/series-store.ts";
import { closeMeasure, combinedCell } from "./measure-cells.ts";
import type { PreparedTable } from "./prepared-table.ts";
import { clampTime, compareBytes, unreadable } from "./read-bounds.ts";
import type { Cell, SeriesConnection } from "./series-connection.ts";
import { historySql, rankingSql, type ReadLimits } from "./series-queries.ts";

/** Where reads go, and how far one may. */
export interface ReadSource {
  readonly connection: SeriesConnection;
  readonly limits: ReadLimits;
}

export async function readRanking(
  { connection, limits }: ReadSource,
  { layout, physical }: PreparedTable,
  read: RankingRead,
): Promise<readonly RankingEntry[]> {
  const index = layout.kind === "ranking" ? layout.measures.findIndex(({ name }) => name === read.measure) : -1;
  if (layout.kind !== "ranking" || index < 0) throw unreadable(read.table, read.measure);
  const rows = await connection.query(rankingSql({ physical, layout }, read.measure, limits), {
    from: clampTime(read.from),
    to: clampTime(read.to),
    limit: read.limit,
  });
  const entries = rows.map(([key, ...cells]): RankingEntry => ({
    key: String(key),
    measures: layout.measures.map((metric, i) => closeMeasure(combinedCell(metric, cells[i] ?? null))),
  }));
  if (layout.measures[index]?.function !== "distinct") return entries;
  const rank = (entry: RankingEntry): number => Number(entry.measures[index] ?? 0);
  return entries
    .filter((entry) => rank(entry) > 0)
    .sort((a, b) => rank(b) - rank(a) || compareBytes(a.key, b.key))
    .slice(0, read.limit);
}

export async function readHistory(
  { connection, limits }: ReadSource,
  { layout, physical }: PreparedTable,
  read: Parameters<SeriesStore["readHistory"]>[0],
): Promise<readonly HistoryRow[]> {
  if (layout.kind !== "history") throw unreadable(read.table, "history");
  const rows = await connection.query(historySql({ physical, layout }, limits), {
    partition: read.partition,
    from: read.from,
    limit: read.limit,
  });
  return rows.map(([offset, appendTime, id, ...cells]) => ({
    partition: read.partition,
    offset: Number(offset),
    appendTime: Number(appendTime),
    id: String(id),
    values: readFields(layout.columns, cells),
  }));
}

function readFields(fields: readonly EventField[], cells: readonly Cell[]): readonly StandardValue[] {
  let at = 0;
  const values: StandardValue[] = [];
  for (const field of fields) {
    const cell = cells[at++] ?? null;
    const isNull = field.list && field.nullable ? cells[at++] === true : cell === null;
    values[field.index] = isNull ? null : readValue(field, cell);
  }
  return values;
}

/** 64-bit integers come as text; all others come as they are. */
function readValue(field: EventField, cell: Cell): StandardValue {
  if (Array.isArray(cell)) return cell.map((element: Cell) => (element === null ? null : readValue(field, element)));
  switch (field.type.kind) {
    case "int":
    case "long":
    case "decimal":
    case "dateTime":
      return Number(cell);
    case "id":
    case "string":
    case "enum":
    case "float":
    case "boolean":
      return cell;
  }
}
