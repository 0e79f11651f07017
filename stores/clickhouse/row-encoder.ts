/** Writes the rows of one table as TSV lines. An encoder is compiled once a table: it runs on the ingest thread. */
import type { HistoryTable, RankingTable, SeriesTable } from "../../schema/layout/series-layout.ts";
import type { EventField } from "../../schema/model/event.ts";
import type { Metric } from "../../schema/model/metric.ts";
import type { StandardValue } from "../../schema/model/value.ts";
import type { BucketRow, HistoryRow, MeasureValue } from "../ports/series-store.ts";
import { eachRegister } from "../ports/sketch.ts";
import type { TsvWriter } from "./tsv-writer.ts";

/** Appends one value, or one line. */
export type Encode<Value> = (out: TsvWriter, value: Value) => void;

export function compileHistoryEncoder(table: HistoryTable): Encode<HistoryRow> {
  const indexes = table.columns.map(({ index }) => index);
  const fields = table.columns.map(compileField);
  return (out, row) => {
    out.integer(row.partition);
    out.tab();
    out.integer(row.offset);
    out.tab();
    out.time(row.appendTime);
    out.tab();
    out.text(row.id);
    for (let i = 0; i < fields.length; i++) {
      out.tab();
      fields[i]?.(out, row.values[indexes[i] ?? -1] ?? null);
    }
    out.newline();
  };
}

export function compileBucketEncoder(table: SeriesTable | RankingTable): Encode<BucketRow> {
  const measures = table.measures.map(compileMeasure);
  return (out, row) => {
    for (const dimension of row.dimensions) {
      out.text(dimension);
      out.tab();
    }
    out.time(row.bucket);
    out.tab();
    out.integer(row.partition);
    out.tab();
    out.integer(row.epoch);
    out.tab();
    out.integer(row.to);
    for (let i = 0; i < measures.length; i++) {
      out.tab();
      measures[i]?.(out, row.measures[i] ?? null);
    }
    out.newline();
  };
}

/** Encodes a field's column, or its two: see `fieldColumns`. */
function compileField(field: EventField): Encode<StandardValue> {
  const { list, nullable } = field;
  const scalar = compileScalar(field.type.kind, list);
  if (!list) {
    return (out, value) => {
      if (value === null) out.null();
      else scalar(out, value);
    };
  }
  return (out, value) => {
    encodeList(out, (value ?? []) as readonly StandardValue[], scalar);
    if (nullable) out.raw(value === null ? "\ttrue" : "\tfalse");
  };
}

function encodeList(out: TsvWriter, values: readonly StandardValue[], scalar: Encode<StandardValue>): void {
  out.raw("[");
  values.forEach((value, i) => {
    if (i > 0) out.raw(",");
    if (value === null) out.raw("NULL");
    else scalar(out, value);
  });
  out.raw("]");
}

function compileScalar(kind: EventField["type"]["kind"], quoted: boolean): Encode<StandardValue> {
  switch (kind) {
    case "id":
    case "string":
    case "enum":
      if (quoted) return (out, value) => out.quotedText(value as string);
      return (out, value) => out.text(value as string);
    case "dateTime":
      if (!quoted) return (out, value) => out.time(value as number);
      return (out, value) => {
        out.raw("'");
        out.time(value as number);
        out.raw("'");
      };
    case "int":
    case "long":
    case "decimal":
      return (out, value) => out.integer(value as number);
    case "float":
    case "boolean":
      return (out, value) => out.raw(String(value));
  }
}

function compileMeasure(metric: Metric): Encode<MeasureValue> {
  if (metric.function === "distinct") return encodeRegisters;
  if (metric.type.kind === "float") {
    return (out, value) => {
      if (value === null) out.null();
      else out.raw(String(value));
    };
  }
  return (out, value) => {
    if (value === null) out.null();
    else out.integer(value as number | bigint);
  };
}

function encodeRegisters(out: TsvWriter, value: MeasureValue): void {
  out.raw("[");
  let first = true;
  if (value instanceof Uint8Array) {
    eachRegister(value, (register, rank) => {
      if (!first) out.raw(",");
      first = false;
      out.integer(register * 256 + rank);
    });
  }
  out.raw("]");
}
