/** The writer of answers: its bytes are those that JSON.stringify gives, however long, nested or strange the values are. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { JsonWriter } from "../../../gateway/execution/json-writer.ts";

const written = (write: (out: JsonWriter) => void): string => {
  const out = new JsonWriter();
  write(out);
  return out.take().toString("utf8");
};

const strings = fc.oneof(
  fc.string({ maxLength: 120 }),
  fc.string({ unit: "binary", maxLength: 120 }),
  fc.string({
    unit: fc.constantFrom('"', "\\", "\n", "\u0000", "\ud800", "\udc00", "\uffef", "\uffff", "é", "a"),
    maxLength: 90,
  }),
);

describe("the writer of answers", () => {
  it("writes scalars as JSON.stringify does, null for what JSON does not have", () => {
    const scalars = fc.oneof(strings, fc.double(), fc.integer(), fc.boolean(), fc.constant(null), fc.jsonValue());
    fc.assert(
      fc.property(fc.array(scalars), (values) => {
        const text = written((out) => {
          out.openList();
          values.forEach((value, index) => {
            if (index > 0) out.comma();
            out.scalar(value);
          });
          out.closeList();
        });
        expect(text).toBe(JSON.stringify(values));
      }),
      { numRuns: 2_000 },
    );
    expect(written((out) => out.scalar(undefined))).toBe("null");
  });

  it("grows beyond its first buffer, and writes again what it has written before it grew", () => {
    const long = "x".repeat(50_000);
    const text = written((out) => {
      out.scalar(long);
      const end = out.at;
      for (let i = 0; i < 4; i++) out.again(0, end);
      out.raw(Buffer.from("y".repeat(100_000)));
    });
    expect(text).toBe(JSON.stringify(long).repeat(5) + "y".repeat(100_000));
  });

  it("takes back what was written behind a place, and gives a copy that stays when it is used again", () => {
    const out = new JsonWriter();
    out.scalar("kept");
    const { at } = out;
    out.scalar("taken back");
    out.at = at;
    const taken = out.take();
    out.clear();
    out.scalar("another");
    expect(taken.toString()).toBe('"kept"');
    expect(out.take().toString()).toBe('"another"');
  });

  it("keeps no buffer that one large answer made large", () => {
    const out = new JsonWriter();
    out.scalar("x".repeat(6_000_000));
    out.clear();
    const before = process.memoryUsage().arrayBuffers;
    out.scalar("y");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
    expect(out.take().toString()).toBe('"y"');
  });
});
