/** The bytes of TSV. What ClickHouse reads from them is in the series store's contract. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { TsvWriter } from "../../../stores/clickhouse/tsv-writer.ts";

function written(write: (out: TsvWriter) => void): string {
  const out = new TsvWriter();
  write(out);
  return Buffer.from(out.take()).toString("utf8");
}

describe("a TSV writer", () => {
  test("escapes what would end a value, and nothing else", () => {
    expect(written((out) => out.text("a\tb\nc\rd\\e\0f'g\"h"))).toBe("a\\tb\\nc\\rd\\\\e\\0f'g\"h");
    expect(written((out) => out.quotedText("a'b\\c\td"))).toBe("'a\\'b\\\\c\\td'");
    expect(written((out) => out.text("é\t汉\\😀"))).toBe("é\\t汉\\\\😀");
    expect(written((out) => out.quotedText("é'"))).toBe("'é\\''");
    expect(written((out) => out.text("\\N"))).toBe("\\\\N");
    expect(written((out) => out.null())).toBe("\\N");
    expect(written((out) => out.text("a\ud800b"))).toBe("a\ufffdb");
  });

  test("writes text so that undoing the escapes gives it back", () => {
    const unescape: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", "0": "\0", "\\": "\\" };
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const line = written((out) => out.text(text));
        expect(line).not.toMatch(/[\t\n\r\0]/);
        expect(line.replace(/\\(.)/g, (_, char: string) => unescape[char] ?? "?")).toBe(text);
      }),
    );
  });

  test("writes every integer as JavaScript does", () => {
    const edges = [0, 1, 9, 10, 99, 100, 2 ** 31, 2 ** 53 - 1, -1, -10, -(2 ** 53) + 1];
    for (const value of edges) expect(written((out) => out.integer(value))).toBe(String(value));
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(written((out) => out.integer(value))).toBe(String(value));
      }),
    );
    expect(written((out) => out.integer(-(2n ** 63n)))).toBe("-9223372036854775808");
  });

  test("writes times as ten digits of seconds, and before 1970 or after 2286 by the calendar", () => {
    expect(written((out) => out.time(1_511_571_600_123))).toBe("1511571600.123");
    expect(written((out) => out.time(5))).toBe("0000000000.005");
    expect(written((out) => out.time(-1))).toBe("1969-12-31 23:59:59.999");
    expect(written((out) => out.time(1e13))).toBe("2286-11-20 17:46:40.000");
    expect(() => written((out) => out.time(-1e14))).toThrow("outside the years 1 to 9999");
    expect(() => written((out) => out.time(Number.NaN))).toThrow("outside the years 1 to 9999");
  });

  test("grows as needed, and begins anew after each take", () => {
    const out = new TsvWriter();
    for (let i = 0; i < 1000; i++) {
      out.text("value");
      out.tab();
      out.integer(i);
      out.newline();
    }
    const first = Buffer.from(out.take()).toString("utf8");
    expect(first.split("\n")).toHaveLength(1001);
    expect(out.length).toBe(0);
    out.text("x");
    expect(Buffer.from(out.take()).toString("utf8")).toBe("x");
  });
});
