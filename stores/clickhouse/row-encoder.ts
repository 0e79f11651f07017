/** Writes rows as ClickHouse's TSV. An encoder is compiled once a table, since it runs on the ingest thread for every row. */
import { OnefoldError } from "../../schema/errors.ts";
import type { HistoryTable, RankingTable, SeriesTable } from "../../schema/layout/series-layout.ts";
import type { EventField } from "../../schema/model/event.ts";
import type { StandardValue } from "../../schema/model/value.ts";
import type { BucketRow, HistoryRow, MeasureValue } from "../ports/series-store.ts";
import { denseRegisters } from "../ports/sketch.ts";

type Encode<Value> = (value: Value) => string;

/** The line of one history row, with its end. */
export function compileHistoryEncoder(table: HistoryTable): Encode<HistoryRow> {
  const fields = table.columns.map((field) => ({ index: field.index, encode: compileField(field) }));
  const appendTime = createTimeEncoder();
  return (row) => {
    let line = `${row.partition}\t${row.offset}\t${appendTime(row.appendTime)}\t${escaped(row.id)}`;
    for (const { index, encode } of fields) line += `\t${encode(row.values[index] ?? null)}`;
    return `${line}\n`;
  };
}

/** The line of one series or ranking row, with its end. */
export function compileBucketEncoder(table: SeriesTable | RankingTable): Encode<BucketRow> {
  const measures = table.measures.map(({ function: of }) => (of === "distinct" ? encodeRegisters : encodeNumber));
  const time = createTimeEncoder();
  return (row) => {
    let line = "";
    for (const dimension of row.dimensions) line += `${escaped(dimension)}\t`;
    line += `${time(row.bucket)}\t${row.partition}\t${row.epoch}\t${row.to}`;
    for (let i = 0; i < measures.length; i++) line += `\t${(measures[i] ?? encodeNumber)(row.measures[i] ?? null)}`;
    return `${line}\n`;
  };
}

const SPECIAL = /[\\\t\n\r\0]/;
const EVERY_SPECIAL = /[\\\t\n\r\0]/g;
const EVERY_SPECIAL_QUOTED = /[\\'\t\n\r\0]/g;

const escapes: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "'": "\\'",
  "\t": "\\t",
  "\n": "\\n",
  "\r": "\\r",
  "\0": "\\0",
};

export function escaped(text: string): string {
  return SPECIAL.test(text) ? text.replace(EVERY_SPECIAL, (char) => escapes[char] ?? char) : text;
}

function escapedQuoted(text: string): string {
  return `'${text.replace(EVERY_SPECIAL_QUOTED, (char) => escapes[char] ?? char)}'`;
}

/** Encodes a field's column, or its two: see `fieldColumns`. */
function compileField(field: EventField): Encode<StandardValue> {
  if (field.list) {
    const element = compileScalar(field.type.kind, escapedQuoted);
    const list = (values: readonly StandardValue[]): string =>
      `[${values.map((value) => (value === null ? "NULL" : element(value))).join(",")}]`;
    if (!field.nullable) return (value) => list(value as readonly StandardValue[]);
    return (value) => (value === null ? "[]\ttrue" : `${list(value as readonly StandardValue[])}\tfalse`);
  }
  const scalar = compileScalar(field.type.kind, escaped);
  return (value) => (value === null ? "\\N" : scalar(value));
}

function compileScalar(kind: EventField["type"]["kind"], text: Encode<string>): Encode<StandardValue> {
  switch (kind) {
    case "id":
    case "string":
    case "enum":
      return (value) => text(value as string);
    case "dateTime": {
      const time = createTimeEncoder();
      return text === escaped ? (value) => time(value as number) : (value) => `'${time(value as number)}'`;
    }
    case "int":
    case "long":
    case "decimal":
    case "float":
    case "boolean":
      return String;
  }
}

function encodeNumber(value: MeasureValue): string {
  return value === null ? "\\N" : String(value);
}

function encodeRegisters(value: MeasureValue): string {
  if (!(value instanceof Uint8Array)) return "[]";
  const entries: number[] = [];
  denseRegisters(value).forEach((rank, register) => {
    if (rank !== 0) entries.push(register * 256 + rank);
  });
  return `[${entries.join(",")}]`;
}

const FIRST_YEAR = Date.parse("0001-01-01T00:00:00Z");
const LAST_YEAR = Date.parse("9999-12-31T23:59:59.999Z");

/** Ten digits of seconds, which is unambiguous to ClickHouse, or calendar text before 1970. Remembers the last one. */
function createTimeEncoder(): Encode<number> {
  let last = Number.NaN;
  let text = "";
  return (ms) => {
    if (ms === last) return text;
    last = ms;
    text = timeText(ms);
    return text;
  };
}

function timeText(ms: number): string {
  if (ms >= 1e12 && ms < 1e13) return String(ms / 1000);
  if (!(ms >= FIRST_YEAR && ms <= LAST_YEAR)) {
    throw new OnefoldError("INPUT_INVALID", `The time ${ms} ms lies outside the years 1 to 9999, which can be stored.`);
  }
  return new Date(ms).toISOString().replace("T", " ").replace("Z", "");
}
