/** Splitting content into records: the same records however the content comes in chunks, and those of a CSV parser. */
import { describe, expect, it } from "@jest/globals";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { startOfContent } from "../../../../ingest/sources/file/file-lineage.ts";
import {
  RecordSplitter,
  type ContentPosition,
  type RawRecord,
  type SplitOptions,
} from "../../../../ingest/sources/file/split-records.ts";

interface Split {
  readonly records: readonly RawRecord[];
  readonly resume: ContentPosition;
  readonly held: boolean;
}

function split(
  format: "csv" | "json",
  chunks: readonly Buffer[],
  options: SplitOptions & { readonly growing?: boolean } = {},
): Split {
  const splitter = new RecordSplitter(format, startOfContent, options);
  const records = chunks.flatMap((chunk) => [...splitter.push(chunk)]);
  const rest = splitter.finish(options.growing !== true);
  for (let step = rest.next(); ; step = rest.next()) {
    if (step.done === true) return { records, ...step.value };
    records.push(step.value);
  }
}

const texts = ({ records }: Split): readonly string[] => records.map(({ value }) => value.toString());
const csv = (text: string, options?: SplitOptions & { readonly growing?: boolean }): Split =>
  split("csv", [Buffer.from(text)], options);

const bytesOf = (text: string): readonly Buffer[] => Array.from(Buffer.from(text), (byte) => Buffer.from([byte]));

/** Content made of what matters to the splitter. */
const content = fc
  .array(fc.constantFrom('"', '""', ",", "\n", "\r\n", "\r", "a", "bc", '"x"', "é", "\ufeff"), { maxLength: 60 })
  .map((parts) => Buffer.from(parts.join("")));

const limits: SplitOptions = { maxRecordBytes: 20, headBytes: 5, maxQuotedBytes: 12 };

function cutAt(bytes: Buffer, cuts: readonly number[]): readonly Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((to, i) => bytes.subarray(places[i], to));
}

describe("records", () => {
  it.each(["csv", "json"] as const)("do not depend on how %s content comes in chunks", (format) => {
    fc.assert(
      fc.property(content, fc.array(fc.nat(200), { maxLength: 20 }), (bytes, cuts) => {
        const chunks = cutAt(bytes, cuts).map((chunk) => Buffer.from(chunk));
        expect(split(format, chunks, limits)).toEqual(split(format, [bytes], limits));
        expect(split(format, chunks)).toEqual(split(format, [bytes]));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(["csv", "json"] as const)("hold every byte of %s content but line ends, each in its place", (format) => {
    fc.assert(
      fc.property(content, (bytes) => {
        const { records } = split(format, [bytes]);
        const left = Buffer.from(bytes);
        for (const { value, start, size, line } of records) {
          expect(bytes.subarray(start, start + size)).toEqual(value);
          expect(line).toBe(bytes.subarray(0, start).toString("latin1").split("\n").length);
          left.fill("\n", start, start + size);
        }
        expect(
          left
            .toString()
            .replace(/^\ufeff|^\xef\xbb\xbf/, "")
            .replaceAll(/[\r\n]/g, ""),
        ).toBe("");
      }),
    );
  });

  it("are those that a CSV parser finds, quoted newlines, quotes and commas included", () => {
    const text = fc.array(fc.constantFrom("a", "é", '"', ",", "\n", "\r\n", " "), { maxLength: 6 });
    const cell = text
      .map((parts) => parts.join(""))
      .map((value) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value));
    const row = fc.tuple(fc.array(cell, { minLength: 1, maxLength: 4 }), fc.constantFrom("\n", "\r\n"));
    fc.assert(
      fc.property(fc.array(row, { maxLength: 10 }), fc.boolean(), (rows, endless) => {
        const whole = rows.map(([cells, end]) => cells.join(",") + end).join("");
        const given = endless ? whole.trimEnd() : whole;
        const options = { relax_column_count: true, skip_empty_lines: true, record_delimiter: ["\r\n", "\n"] };
        const oracle: string[][] = parse(given, options);
        const found = texts(csv(given)).flatMap((record): string[][] => parse(record, options));
        expect(found).toEqual(oracle);
      }),
      { numRuns: 1_000 },
    );
  });

  it("that open a quote and never close it take no other line with them", () => {
    expect(texts(csv('1,"oops\n2,good\n3,fine\n'))).toEqual(['1,"oops', "2,good", "3,fine"]);
    expect(texts(csv('1,"oops\n2,"good"\n3,fine\n'))).toEqual(['1,"oops', '2,"good"', "3,fine"]);
    expect(texts(csv('1,"oops\n2,good\n3,fine\n4,""\n', { maxQuotedBytes: 10 }))).toEqual([
      '1,"oops',
      "2,good",
      "3,fine",
      '4,""',
    ]);
  });

  it("that could still close their quote are gone back to when the content grows", () => {
    const { records, resume } = csv('0,x\n1,"one\n2,y');
    expect(records.map(({ line }) => line)).toEqual([1, 2, 3]);
    expect(resume).toEqual({ bytes: 4, records: 1, lines: 1 });
  });

  it("that could still close their quote are held back while the content grows", () => {
    const { records, resume, held } = csv('0,x\n1,"one\n2,y', { growing: true });
    expect(records.map(({ line }) => line)).toEqual([1]);
    expect({ resume, held }).toEqual({ resume: { bytes: 4, records: 1, lines: 1 }, held: true });
    expect(csv('0,x\n1,"one\n2,y"', { growing: true })).toMatchObject({
      held: false,
      records: [{}, { closed: false }],
    });
  });

  it("that are too long give their head, their size and their place", () => {
    const { records, resume } = split("json", bytesOf("abcdefghijklmnopqrstuvwxyz\r\nyz\n"), limits);
    expect(records.map(({ value, size, start, line }) => [value.toString(), size, start, line])).toEqual([
      ["abcde", 26, 0, 1],
      ["yz", 2, 28, 2],
    ]);
    expect(resume).toEqual({ bytes: 31, records: 2, lines: 2 });
  });

  it("do not count the header, but its line", () => {
    const { records } = csv('\n"a\nb",c\n1,2\n', { header: true });
    expect(records.map(({ value, line, after }) => [value.toString(), line, after.records])).toEqual([["1,2", 4, 1]]);
  });
});
