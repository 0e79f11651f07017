/** The series store in memory: the executable specification of the port, for unit tests and simulations. */
import type { CursorVector } from "../../schema/cursor.ts";
import { OnefoldError } from "../../schema/errors.ts";
import type { HistoryTable, RankingTable, SeriesTable, TableLayout } from "../../schema/layout/series-layout.ts";
import type { Metric } from "../../schema/model/metric.ts";
import { addInt64, normalizeInt64, type Int64 } from "../../schema/model/value.ts";
import type {
  BucketRow,
  HistoryBuffer,
  HistoryRow,
  HistoryRows,
  MeasureValue,
  RankingEntry,
  RankingRead,
  SeriesPoint,
  SeriesRead,
  SeriesStore,
  TableRows,
} from "../ports/series-store.ts";
import { emptySketch, estimate, mergeSketches } from "../ports/sketch.ts";

type Table =
  | { readonly kind: "history"; readonly layout: HistoryTable; readonly rows: Map<string, HistoryRow> }
  | { readonly kind: "buckets"; readonly layout: SeriesTable | RankingTable; readonly rows: Map<string, BucketRow> };

interface Generation {
  readonly tables: Map<string, Table>;
  readonly fences: Map<string, number>;
}

/** Opens an empty series store that lives as long as the object. Rows are kept for ever, whatever the layout retains. */
export function createMemorySeriesStore(): SeriesStore {
  const generations = new Map<number, Generation>();
  const generation = (id: number): Generation => found(generations.get(id), `Generation ${id}`);
  const table = (id: number, name: string): Table => found(generation(id).tables.get(name), `Table ${name} of ${id}`);

  return {
    async prepare(id, layouts) {
      const { tables } = generations.get(id) ?? { tables: new Map<string, Table>() };
      for (const layout of layouts) prepareTable(tables, layout);
      if (!generations.has(id)) generations.set(id, { tables, fences: new Map() });
    },
    historyBuffer(id, name) {
      history(table(id, name));
      return createBuffer();
    },
    async write(batch) {
      for (const part of batch.rows) writeRows(table(batch.generation, part.table), part);
      const { fences } = generation(batch.generation);
      for (const [key, to] of Object.entries(batch.fences)) fences.set(key, Math.max(to, fences.get(key) ?? 0));
    },
    fences: async (id): Promise<CursorVector> => Object.fromEntries(generation(id).fences),
    readSeries: async (read) => {
      const { layout, rows } = buckets(table(read.generation, read.table));
      return read.keys.map((members) => readKey(layout, [...rows.values()], { ...read, members }));
    },
    readRanking: async (read) => {
      const { layout, rows } = buckets(table(read.generation, read.table));
      return rank(layout, [...rows.values()], read);
    },
    async readHistory(read) {
      const { rows } = history(table(read.generation, read.table));
      return [...rows.values()]
        .filter(({ partition, offset }) => partition === read.partition && offset >= read.from)
        .sort((a, b) => a.offset - b.offset)
        .slice(0, read.limit);
    },
    generations: async () => [...generations.keys()].sort((a, b) => a - b),
    async drop(id) {
      generations.delete(id);
    },
    async [Symbol.asyncDispose]() {},
  };
}

class KeptHistory implements HistoryRows {
  readonly rows: readonly HistoryRow[];

  constructor(rows: readonly HistoryRow[]) {
    this.rows = rows;
  }

  get length(): number {
    return this.rows.length;
  }
}

function createBuffer(): HistoryBuffer {
  let rows: HistoryRow[] = [];
  return {
    add: (row) => void rows.push(row),
    take() {
      const taken = new KeptHistory(rows);
      rows = [];
      return taken;
    },
  };
}

function prepareTable(tables: Map<string, Table>, layout: TableLayout): void {
  const existing = tables.get(layout.name);
  if (existing !== undefined && shape(existing.layout) !== shape(layout)) {
    throw new OnefoldError("MODEL_CHANGED", `The stored table ${layout.name} is not what the declaration asks for.`);
  }
  if (existing !== undefined) return;
  if (layout.kind === "history") tables.set(layout.name, { kind: "history", layout, rows: new Map() });
  else tables.set(layout.name, { kind: "buckets", layout, rows: new Map() });
}

function shape(layout: TableLayout): string {
  const { kind } = layout;
  if (layout.kind === "history") {
    return JSON.stringify([kind, layout.columns.map(({ name, type, list, nullable }) => [name, type, list, nullable])]);
  }
  const dimensions = layout.kind === "series" ? layout.dimensions : [layout.dimension];
  return JSON.stringify([kind, dimensions, layout.measures.map(({ name, function: of, type }) => [name, of, type])]);
}

function writeRows(table: Table, part: TableRows): void {
  if (table.kind === "history" && part.kind === "history" && part.rows instanceof KeptHistory) {
    for (const row of part.rows.rows) table.rows.set(`${row.partition}/${row.offset}`, row);
  } else if (table.kind === "buckets" && part.kind === "buckets") {
    for (const row of part.rows) {
      const key = JSON.stringify([row.dimensions, row.bucket, row.partition, row.epoch]);
      const before = table.rows.get(key);
      if (before === undefined || before.to <= row.to) table.rows.set(key, row);
    }
  } else {
    throw new OnefoldError("INTERNAL", `${part.kind} rows are written to ${part.table}, a table of ${table.kind}.`);
  }
}

function readKey(
  layout: SeriesTable | RankingTable,
  rows: readonly BucketRow[],
  read: SeriesRead & { readonly members: readonly string[] },
): readonly SeriesPoint[] {
  const dimensions = layout.kind === "series" ? layout.dimensions : [layout.dimension];
  const by = dimensions.indexOf(read.dimension);
  if (by < 0) throw new OnefoldError("INTERNAL", `Table ${read.table} cannot be read by ${read.dimension}.`);
  const groups = groupRows(
    rows.filter((row) => read.members.includes(row.dimensions[by] ?? "") && inRange(row, read)),
    (row) => [floorTo(row.bucket, read.everyMs), ...row.dimensions.filter((_, i) => i !== by)] as const,
  );
  return groups
    .map(([[bucket, ...others], group]) => ({ bucket, dimensions: others, measures: fold(layout.measures, group) }))
    .sort((a, b) => a.bucket - b.bucket || compareLists(a.dimensions, b.dimensions))
    .slice(0, read.limit);
}

function rank(layout: SeriesTable | RankingTable, rows: readonly BucketRow[], read: RankingRead): RankingEntry[] {
  const measure = layout.measures.findIndex(({ name }) => name === read.measure);
  if (layout.kind !== "ranking" || measure < 0) {
    throw new OnefoldError("INTERNAL", `Table ${read.table} cannot be read by ${read.measure}.`);
  }
  const groups = groupRows(
    rows.filter((row) => inRange(row, read)),
    (row) => [row.dimensions[0] ?? ""] as const,
  );
  const value = ({ measures }: RankingEntry): Int64 => measures[measure] ?? 0;
  return groups
    .map(([[key], group]): RankingEntry => ({ key, measures: fold(layout.measures, group) }))
    .filter((entry) => value(entry) !== 0)
    .sort((a, b) => (value(a) > value(b) ? -1 : value(a) < value(b) ? 1 : compareText(a.key, b.key)))
    .slice(0, read.limit);
}

function groupRows<Key extends readonly unknown[]>(
  rows: readonly BucketRow[],
  keyOf: (row: BucketRow) => Key,
): [Key, BucketRow[]][] {
  const groups = new Map<string, [Key, BucketRow[]]>();
  for (const row of rows) {
    const key = keyOf(row);
    const text = JSON.stringify(key);
    const group = groups.get(text);
    if (group === undefined) groups.set(text, [key, [row]]);
    else group[1].push(row);
  }
  return [...groups.values()];
}

function fold(metrics: readonly Metric[], rows: readonly BucketRow[]): (Int64 | null)[] {
  return metrics.map((metric, i) => {
    const values = rows.map(({ measures }) => measures[i] ?? null);
    if (metric.function !== "distinct") return normalized(values.reduce(combiner(metric), null) as Int64 | null);
    return estimate(values.reduce<Uint8Array>((all, part) => mergeSketches(all, part as Uint8Array), emptySketch));
  });
}

function normalized(value: Int64 | null): Int64 | null {
  return typeof value === "bigint" ? normalizeInt64(value) : value;
}

function combiner(metric: Metric): (a: MeasureValue, b: MeasureValue) => MeasureValue {
  const of = (a: Int64, b: Int64): Int64 => {
    if (metric.function === "min") return a <= b ? a : b;
    if (metric.function === "max") return a >= b ? a : b;
    return addInt64(a, b);
  };
  return (a, b) => (a === null || b === null ? (a ?? b) : of(a as Int64, b as Int64));
}

function inRange({ bucket }: BucketRow, { from, to }: { readonly from: number; readonly to: number }): boolean {
  return bucket >= from && bucket < to;
}

function floorTo(time: number, everyMs: number): number {
  return Math.floor(time / everyMs) * everyMs;
}

function compareLists(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < a.length; i++) {
    const order = compareText(a[i] ?? "", b[i] ?? "");
    if (order !== 0) return order;
  }
  return 0;
}

/** By the bytes of UTF-8, as ClickHouse compares. */
function compareText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function buckets(table: Table): Extract<Table, { kind: "buckets" }> {
  if (table.kind === "buckets") return table;
  throw new OnefoldError("INTERNAL", `Table ${table.layout.name} holds history.`);
}

function history(table: Table): Extract<Table, { kind: "history" }> {
  if (table.kind === "history") return table;
  throw new OnefoldError("INTERNAL", `Table ${table.layout.name} holds no history.`);
}

function found<Value>(value: Value | undefined, what: string): Value {
  if (value !== undefined) return value;
  throw new OnefoldError("INTERNAL", `${what} is used before it is prepared.`);
}
