/** From a log record to one standard event, or to the reason why it is none: no input whatever stops the stage. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { MAX_EVENT_BYTES } from "../../../ingest/standardize/raw-record.ts";
import { isRejection } from "../../../ingest/standardize/rejection.ts";
import { createStandardizer } from "../../../ingest/standardize/standardize.ts";
import type { StandardValue } from "../../../schema/model/value.ts";
import type { LogRecord, RecordOrigin } from "../../../stores/ports/event-log.ts";
import { compilePlatform, samplePlatform } from "../../support/compile-platform.ts";
import { appendTime, logRecord } from "../fixtures/market.ts";
import { hash } from "../fixtures/simulation.ts";

const platform = compilePlatform(`
extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])
  @domain(name: "test", owner: "test@example.com")
  @source(name: "things", csv: ["a", "b", "c"], fileFormat: CSV)
  @source(name: "shared")

enum Size { small large }

type Thing @event(source: "things", id: "id", key: "name", time: "at", late: "PT1H", future: "PT10M")
  @assert(that: "low < high") {
  id: String @from(path: "meta.id")
  name: ID! @from(path: "a") @assert(matches: "^[a-z0-9]+$")
  size: Size! @from(path: "b", normalize: [TRIM, LOWERCASE], map: [{ from: "s", to: "small" }, { from: "1", to: "large" }], default: "small")
  phone: String @from(normalize: [DIGITS_ONLY]) @identifies(entity: "Person", as: "phone")
  title: String @from(normalize: [TRIM, COLLAPSE_WHITESPACE]) @assert(maxLength: 5)
  tags: [String!] @from(normalize: [UPPERCASE]) @assert(oneOf: ["A", "B"])
  price: Decimal @decimal(scale: 2) @assert(min: "1.00", max: "9.99")
  low: Int! @from(default: 0)
  high: Int! @from(default: 10)
  at: DateTime! @from(path: "c", unit: SECONDS)
}

type Plain @event(source: "shared", key: "k", time: "at", match: [{ path: "type.name", equals: "plain" }, { path: "v", equals: "1" }]) {
  k: ID!
  at: DateTime!
}

type Other @event(source: "shared", key: "k", time: "at", match: [{ path: "type.name", equals: "other" }]) {
  k: ID!
  at: DateTime!
}

type Person @key(fields: "id") @entity(identifiers: [{ type: "phone", strong: true }]) {
  id: ID!
  things: Count! @count(of: "Thing")
}
`);

const standardizer = createStandardizer(platform, { hash });
const seconds = appendTime / 1000;
const csv: RecordOrigin = { format: "csv", columns: ["a", "b", "c"], producer: "file:things:f00", file: "x.csv" };

const standardize = (text: string | Uint8Array, at: Partial<LogRecord> = {}, source = "things") =>
  standardizer.standardize(`events.${source}`, 0, logRecord(text, at));

function valuesOf(text: string | Uint8Array, at: Partial<LogRecord> = {}): Record<string, StandardValue> {
  const event = standardize(text, at);
  if (isRejection(event)) throw new Error(`${event.rule}: ${event.reason}`);
  return Object.fromEntries(event.model.fields.map(({ name, index }) => [name, event.values[index] ?? null]));
}

function ruleOf(text: string | Uint8Array, at: Partial<LogRecord> = {}, source = "things"): string {
  const event = standardize(text, at, source);
  return isRejection(event) ? event.rule : "none";
}

const thing = (fields: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({ a: "x", b: "small", c: seconds, ...fields });

describe("records that are none", () => {
  it.each([
    ["json", "{"],
    ["json", ""],
    ["json", "[]"],
    ["json", "null"],
    ["json", '"text"'],
    ["json", "\ufeff{}"],
    ["json", "[".repeat(100_000)],
    ["json", `${"[".repeat(100_000)}${"]".repeat(100_000)}`],
    ["utf8", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])],
    ["utf8", Buffer.from([0xed, 0xa0, 0x80])],
    ["too-large", Buffer.alloc(MAX_EVENT_BYTES + 1, 0x20)],
    ["Thing.name:missing", "{}"],
    ["Thing.name:missing", thing({ a: null })],
    ["Thing.name:missing", thing({ a: "" })],
    ["Thing.name:missing", '{"constructor":{"a":"x"},"b":"small","c":1}'],
    ["Thing.name:missing", '{"__proto__":{"a":"x"},"b":"small","c":1}'],
    ["Thing.name:type", thing({ a: { toString: 1 } })],
    ["Thing.name:type", `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`],
    ["Thing.name:matches", thing({ a: "X" })],
    ["Thing.size:type", thing({ b: "huge" })],
    ["Thing.size:type", thing({ b: "constructor" })],
    ["Thing.title:length", thing({ title: "123456" })],
    ["Thing.title:type", thing({ title: "\ud800" })],
    ["Thing.tags:type", thing({ tags: "a" })],
    ["Thing.tags:type", thing({ tags: ["a", null] })],
    ["Thing.tags:type", thing({ tags: [["a"]] })],
    ["Thing.tags:oneOf", thing({ tags: ["a", "c"] })],
    ["Thing.price:min", thing({ price: "0.99" })],
    ["Thing.price:max", thing({ price: 10 })],
    ["Thing.id:type", thing({ meta: { id: "x".repeat(257) } })],
    ["Thing.phone:type", thing({ phone: "1".repeat(257) })],
    ["Thing.future", thing({ c: seconds + 601 })],
    ["Thing.at:type", thing({ c: "15115" + "x" })],
  ])("are rejected by the rule %s: %j", (rule, text) => {
    expect(ruleOf(text).replace(/^Thing:future$/, "Thing.future")).toBe(rule);
  });

  it("are rejected by the event's own rule, with its text", () => {
    const event = standardize(thing({ low: 10 }));
    expect(event).toMatchObject({ reason: "The event does not satisfy: low < high." });
  });

  it("never stop the stage, whatever the bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => isRejection(standardize(bytes))));
    fc.assert(fc.property(fc.json(), (text) => typeof ruleOf(text) === "string"));
    const sample = createStandardizer(samplePlatform(), { hash });
    const fields = fc.dictionary(
      fc.constantFrom("user_id", "item_id", "behavior", "unix_seconds", "__proto__", "toString"),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(fields, (object) => {
        sample.standardize("events.user-behavior", 0, logRecord(JSON.stringify(object)));
      }),
    );
  });
});

describe("records of a source", () => {
  it("are the first event whose conditions all hold", () => {
    const at = "2024-01-01T00:00:00Z";
    const plain = standardize(JSON.stringify({ type: { name: "plain" }, v: 1, k: "a", at }), {}, "shared");
    expect(isRejection(plain) || plain.model.name).toBe("Plain");
    const other = standardize(JSON.stringify({ type: { name: "other" }, k: "a", at }), {}, "shared");
    expect(isRejection(other) || other.model.name).toBe("Other");
  });

  it.each([
    "{}",
    '{"type":"plain","v":1}',
    '{"type":{"name":"plain"},"v":2}',
    '{"type":{"name":{"toString":1,"valueOf":1}}}',
    '{"type":{"name":["other"]}}',
    `{"type":{"name":${"[".repeat(100_000)}${"]".repeat(100_000)}}}`,
    '{"__proto__":{"type":{"name":"other"}}}',
    '{"type":null}',
  ])("that are no declared event are rejected: %j", (text) => expect(ruleOf(text, {}, "shared")).toBe("no-event"));
});

describe("fields", () => {
  it("are normalised, then mapped, then given their default, then typed", () => {
    expect(valuesOf(thing({ b: "  S " }))["size"]).toBe("small");
    expect(valuesOf(thing({ b: 1 }))["size"]).toBe("large");
    expect(valuesOf(thing({ b: " LARGE " }))["size"]).toBe("large");
    expect(valuesOf(thing({ b: null }))["size"]).toBe("small");
    expect(valuesOf(thing({ b: "   " }))["size"]).toBe("small");
    expect(valuesOf(thing({ phone: "+49 (0) 30-12" }))["phone"]).toBe("4903012");
    expect(valuesOf(thing({ title: "  a \t\n b " }))["title"]).toBe("a b");
    expect(valuesOf(thing({ tags: ["a", "B"] }))["tags"]).toEqual(["A", "B"]);
    expect(valuesOf(thing({ tags: [] }))["tags"]).toEqual([]);
    expect(valuesOf(thing())["tags"]).toBeNull();
  });

  it("are found by path, or else by their own name", () => {
    expect(valuesOf(JSON.stringify({ name: "y", size: "large", at: seconds }))).toMatchObject({
      name: "y",
      size: "large",
    });
    expect(valuesOf(thing({ name: "y" }))["name"]).toBe("x");
    expect(valuesOf(thing({ meta: { id: "m" } }))["id"]).toBe("m");
    expect(valuesOf(thing({ meta: "id" }))["id"]).not.toBe("id");
  });
});

describe("CSV", () => {
  const line = (text: string) => standardize(text, { origin: csv, sequence: 7 });
  it.each([
    [`x,small,${seconds}`, "small"],
    [`"x","small","${seconds}"`, "small"],
    [`x," s ",${seconds}`, "small"],
    [`x,,${seconds}`, "small"],
    [`x,"",${seconds}`, "small"],
  ])("of %j is an event", (text, size) => {
    const event = line(text);
    expect(isRejection(event) ? event : event.values[2]).toBe(size);
  });

  it.each(["x,small", `x,small,${seconds},more`, "", '"x,small,1', 'x,sm"all,1', `x,"small",${seconds}\ny,small,1`])(
    "of %j is rejected",
    (text) => expect(line(text)).toMatchObject({ rule: "csv" }),
  );

  it("with columns in another order is read by their names", () => {
    const origin: RecordOrigin = { ...csv, columns: ["c", "ignored", "a"] };
    const event = standardize(`${seconds},?,x`, { origin });
    expect(isRejection(event) ? event : event.values.slice(1, 3)).toEqual(["x", "small"]);
  });
});

describe("an event", () => {
  it("without an id gets one from its file and line, or from where it stands", () => {
    const idOf = (at: Partial<LogRecord>) => {
      const event = standardize(thing(), at);
      return isRejection(event) ? event : event.id;
    };
    expect(idOf({ origin: { format: "json", producer: "file:things:f00" }, sequence: 7 })).toBe("f00-7");
    expect(idOf({ offset: 12 })).toBe("0-12");
  });

  it("has a text and a hash without its id, so that equal content has an equal hash", () => {
    const [one, two] = [standardize(thing({ meta: { id: "1" } })), standardize(thing({ meta: { id: "2" } }))];
    if (isRejection(one) || isRejection(two)) throw new Error("rejected");
    expect(one.text).toBe(two.text);
    expect(one.hash).toBe(hash(one.text));
    expect(JSON.parse(one.text)).toEqual([null, ...one.values.slice(1)]);
    expect([one.id, two.id]).toEqual(["1", "2"]);
    expect(one.values[0]).toBe("1");
  });

  it("is late by its append time alone, and may come from the near future", () => {
    const isLate = (at: number): unknown => {
      const event = standardize(thing({ c: at }));
      return isRejection(event) ? event.rule : event.late;
    };
    expect(isLate(seconds - 3600)).toBe(false);
    expect(isLate(seconds - 3601)).toBe(true);
    expect(isLate(seconds + 600)).toBe(false);
    expect(isLate(seconds + 601)).toBe("Thing:future");
  });

  it("is the same whenever it is asked for, and in whatever company", () => {
    const [one, two] = [thing({ tags: ["a"] }), "{"];
    const alone = createStandardizer(platform, { hash }).standardize("events.things", 0, logRecord(one));
    standardize(two);
    standardize(`x,small,${seconds}`, { origin: csv });
    expect(standardize(one)).toEqual(alone);
  });
});
