/** The compiler as a whole: every mistake with its place and remedy, all at once, told once; the same input, the same model. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { compileDomains, type DomainText } from "../../../schema/compiler/compile-domains.ts";
import { readBadDeclarations, soundFile, soundText } from "./bad-declarations.ts";
import { countDirectives, countParts } from "./count-parts.ts";
import { compileSound, sampleTexts } from "./sample-domains.ts";

const table = readBadDeclarations();

/** A second domain beside the sound one. */
function compileBeside(sdl: string): readonly string[] {
  const header = 'extend schema @domain(name: "other", owner: "o")\n';
  const result = compileDomains([
    { file: soundFile, text: soundText },
    { file: "other.graphql", text: header + sdl },
  ]);
  if (result.kind === "compiled") return [];
  return result.diagnostics.map(({ file, line, column, reason }) => `${file}:${line}:${column} ${reason}`);
}

describe("a bad declaration is refused with place, reason and remedy:", () => {
  it.each(table.map((bad) => [`${bad.group}: ${bad.claim}`, bad] as const))("%s", (_claim, { text, mistakes }) => {
    const result = compileDomains([{ file: soundFile, text }]);
    expect(result).toEqual({ kind: "invalid", diagnostics: mistakes });
  });

  it("says every remedy and reason as a sentence", () => {
    for (const { reason, remedy } of table.flatMap(({ mistakes }) => mistakes)) {
      expect(reason).toMatch(/[.]$/);
      expect(remedy).toMatch(/[.?")}]$/);
    }
  });
});

describe("all mistakes of all files", () => {
  it("come at once, in the order of reading", () => {
    const result = compileDomains([
      { file: "a.graphql", text: "type A {" },
      { file: "b.graphql", text: soundText.replace("Sale.units", "Sale.unit").replace('"sales")', '"s")') },
      { file: "c.graphql", text: 'extend schema @domain(name: "c", owner: "")' },
    ]);
    const places = result.kind === "invalid" ? result.diagnostics.map((d) => `${d.file}:${d.line}:${d.column}`) : [];
    expect(places).toEqual(["a.graphql:1:9", "b.graphql:8:26", "b.graphql:28:25", "c.graphql:1:41"]);
  });

  it("do not count what a file that does not parse may declare", () => {
    const [consumer, ...others] = sampleTexts;
    const broken: DomainText = { file: consumer?.file ?? "", text: `${consumer?.text ?? ""}\ntype Last {` };
    const result = compileDomains([broken, ...others]);
    expect(result.kind === "invalid" && result.diagnostics.map(({ file, reason }) => [file, reason])).toEqual([
      ["consumer.graphql", "Expected Name, found <EOF>."],
    ]);
  });

  it.each([
    ["@event", /^type UserBehavior @event\(.*\) \{/m, "type UserBehavior {", 1],
    ["@entity", / {2}@entity\(identifiers: \[\{ type: "member".*\{$/m, "{", 1],
    ["directive of an event", /(deviceId: ID @from\(path: "device_id"\)) @identifies/, "$1 @identify", 1],
    ["enum", /^enum Behavior/m, "enum Behaviour", 2],
  ] as const)("are told once each: a wrong %s brings no others after it", (_what, from, to, count) => {
    const files = sampleTexts.map(({ file, text }) => ({ file, text: text.replace(from, to) }));
    const result = compileDomains(files);
    expect(result.kind === "invalid" && result.diagnostics).toHaveLength(count);
  });
});

describe("over several domains", () => {
  it("refuses one metric name with two definitions, and names the other place", () => {
    const sdl = `type Shop @key(fields: "id") {
  id: ID!
  big: Count! @count(of: "Sale", where: "units > 9", metric: "sales")
  latestKind: String @latest(of: "Sale.buyerId")
}`;
    expect(compileBeside(sdl)).toEqual([
      'other.graphql:4:3 The metric "sales" is count of Sale where units > 9 here, but count of Sale at shop.graphql:22:3.',
      'other.graphql:5:15 "latestKind" is String, but its @latest gives ID.',
    ]);
  });

  it("accepts one metric under several fields, however its filter is written", () => {
    const sdl = `type Shop @key(fields: "id") {
  id: ID!
  big: Count! @count(of: "Sale", where: "units > 9 and kind = RETAIL", metric: "bigSales")
  large: Count! @count(of: "Sale", where: "(units >  9) AND (kind = 'RETAIL')", metric: "bigSales")
}`;
    expect(compileBeside(sdl)).toEqual([]);
  });

  it("refuses sources, events, entities, series and fields of one name", () => {
    const sdl = `extend schema @source(name: "sales") @source(name: "b")
type Sale @event(source: "b", key: "id", time: "ts") { id: ID! ts: DateTime! }
type Shop @key(fields: "id") @entity(identifiers: [{ type: "a" }]) { id: ID! sales: Count! @count(of: "Sale") }
type ShopSales @timeSeries(of: "Sale", by: ["shopId"], every: [DAY]) { bucket: DateTime! }`;
    expect(compileBeside(sdl)).toEqual([
      'other.graphql:2:29 The source "sales" is declared twice: also at shop.graphql:4:17.',
      'other.graphql:3:6 The event "Sale" is declared twice: also at shop.graphql:8:6.',
      'other.graphql:4:6 The entity "Shop" is declared twice: also at shop.graphql:20:6.',
      'other.graphql:4:78 The field "sales" of Shop is given twice: also at shop.graphql:22:3.',
      'other.graphql:5:6 The time series "ShopSales" is declared twice: also at shop.graphql:25:6.',
    ]);
  });

  it("refuses a list or rows of another domain's event", () => {
    const sdl = `type Shop @key(fields: "id") {
  id: ID!
  recent(first: Int, after: String): SaleConnection! @recent(of: "Sale")
  rows(every: Interval!, from: DateTime!, to: DateTime): [ShopSales!]! @series(of: "ShopSales")
}`;
    expect(compileBeside(sdl)).toEqual([
      'other.graphql:4:66 Sale is an event of the domain "shop", and a list holds events of its own domain.',
      'other.graphql:5:59 The type "ShopSales" is not known in this file.',
      'other.graphql:5:84 ShopSales is a series of the domain "shop", and its rows are served there.',
    ]);
  });

  it("takes a stub for a reference, and nothing else of the entity", () => {
    const stub = 'type Shop @key(fields: "id", resolvable: false) { id: ID! }';
    expect(compileBeside(`${stub} extend type Query { best: Shop }`)).toEqual([]);
    expect(compileBeside("extend type Query { best: Shop }")).toEqual([
      'other.graphql:2:27 The type "Shop" is not known in this file.',
    ]);
    expect(compileBeside(stub.replace("}", "x: Int }"))).toEqual([
      'other.graphql:2:42 "Shop" has fields of its own here, but its key cannot be resolved.',
    ]);
  });

  it("adds fields to an interface of another domain through @interfaceObject", () => {
    const owner = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
  @domain(name: "media", owner: "o") @source(name: "posts")
enum Kind { POST }
type Posted @event(source: "posts", key: "id", time: "ts") {
  id: ID! @identifies(entity: "Media", as: "media")
  kind: Kind!
  ts: DateTime!
}
interface Media @key(fields: "id") @entity(identifiers: [{ type: "media" }], typeBy: "kind") {
  id: ID!
  kind: Kind @latest(of: "Posted.kind")
}
type Post implements Media @key(fields: "id") { id: ID! kind: Kind }`;
    const other = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@interfaceObject"])
  @domain(name: "other", owner: "o")
type Media @key(fields: "id") @interfaceObject { id: ID! posts: Count! @count(of: "Posted") }`;
    const compile = (first: string, second: string): ReturnType<typeof compileDomains> =>
      compileDomains([
        { file: "media.graphql", text: first },
        { file: "other.graphql", text: second },
      ]);
    const fields = compileSound([
      { file: "media.graphql", text: owner },
      { file: "other.graphql", text: other },
    ]).entities[0]?.fields;
    expect(fields?.map(({ domain, on, name }) => [domain, on, name])).toEqual([
      ["media", "Media", "kind"],
      ["other", "Media", "posts"],
    ]);
    expect(compile(owner, other.replace(" @interfaceObject {", " {"))).toMatchObject({
      diagnostics: [{ line: 4, column: 6, reason: '"Media" is an interface, owned by the domain "media".' }],
    });
    expect(compile(owner.replace('Media @key(fields: "id")', "Media"), other)).toMatchObject({
      diagnostics: [
        { line: 10, column: 11, reason: "The interface Media has no key, so other domains cannot add to it." },
      ],
    });
  });

  it("refuses a second domain of one name", () => {
    const result = compileDomains(["a", "b"].map((file) => ({ file, text: soundText })));
    expect(result.kind === "invalid" && result.diagnostics[0]).toEqual({
      file: "b",
      line: 3,
      column: 17,
      reason: 'The domain "shop" is declared twice: also at a:3:17.',
      remedy: "Give each file its own domain, or join the two files.",
    });
  });
});

describe("compiling", () => {
  it("is deterministic, and does not change what it is given", () => {
    const first = JSON.stringify(compileSound(sampleTexts));
    const frozen = Object.freeze(sampleTexts.map((text) => Object.freeze({ ...text })));
    expect(JSON.stringify(compileSound(frozen)) === first).toBe(true);
  });

  it("accepts a domain without any link, and one without types", () => {
    const text = soundText.replace(/ {2}@link.*\n/, "");
    expect(compileDomains([{ file: soundFile, text }]).kind).toBe("compiled");
    expect(compileBeside("")).toEqual([]);
  });

  /** One word or sign of the samples is changed: the compiler never throws, and leaves no directive out in silence. */
  it("drops nothing in silence, whatever is changed", () => {
    const words = sampleTexts.map(({ text }) => [...text.matchAll(/\w+|\S/g)]);
    const change = fc
      .nat(sampleTexts.length - 1)
      .chain((file) => fc.record({ file: fc.constant(file), word: fc.nat((words[file]?.length ?? 1) - 1) }))
      .chain((at) => fc.record({ at: fc.constant(at), to: fc.constantFrom("", "x", '"x"', "null", "@", "[Int]") }));
    fc.assert(
      fc.property(change, ({ at, to }) => {
        const word = words[at.file]?.[at.word];
        const files = sampleTexts.map(({ file, text }, i) => ({
          file,
          text: i === at.file && word ? text.slice(0, word.index) + to + text.slice(word.index + word[0].length) : text,
        }));
        const result = compileDomains(files);
        if (result.kind === "compiled") expect(countParts(result.platform)).toEqual(countDirectives(files));
        else expect(result.diagnostics).not.toHaveLength(0);
      }),
      { numRuns: 400 },
    );
  });
});
