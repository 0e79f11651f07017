/** @requires of a field with arguments, where the way to it leads through a third subgraph. */
import { describe, expect, it } from "@jest/globals";
import { openRule } from "../fixtures/rule-graph.ts";
import type { RuleSubgraph } from "../fixtures/rule-subgraph.ts";

interface Ref {
  readonly id: string;
}

const size = ({ n }: { n?: number }) => (n === 9 ? null : { d: n ?? 0, e: [n ?? 0] });
const [first, second] = [{ id: "1" }, { id: "2" }];

const subgraphs = (requires: string): Readonly<Record<string, RuleSubgraph>> => ({
  a: {
    sdl: 'type Query { w: W ws: [W] } type W @key(fields: "id") { id: ID! s(n: Int): S t: Int } type S @shareable { d: Int e: [Int] }',
    roots: { w: { ...first, s: size, t: 4 }, ws: [first, second].map((ref) => ({ ...ref, s: size, t: 4 })) },
    entities: { W: ({ id }: Ref) => ({ id, s: size, t: 4 }) },
  },
  b: {
    sdl: 'type W @key(fields: "id") @key(fields: "k") { id: ID! k: ID! }',
    entities: { W: ({ id }: Ref) => ({ id, k: `k${id}` }) },
  },
  c: {
    sdl: `type W @key(fields: "k") { k: ID! s(n: Int): S @external t: Int @external h: Int @requires(fields: "t") g: String @requires(fields: "${requires}") }
      type S @shareable { d: Int e: [Int] }`,
    entities: { W: (given: object) => ({ g: JSON.stringify(given) }) },
  },
});

const given = (id: string, rest: object) => JSON.stringify({ __typename: "W", k: `k${id}`, ...rest });

describe("a requirement with arguments, met through a third subgraph", () => {
  it.each([
    ["{ w { g } }", "s(n: 2) { d }", { w: { g: given("1", { s: { d: 2 } }) } }],
    ["{ w { s(n: 3) { d } g } }", "s(n: 2) { d }", { w: { s: { d: 3 }, g: given("1", { s: { d: 2 } }) } }],
    ["{ w { s { d } g } }", "s(n: 2) { e } t", { w: { s: { d: 0 }, g: given("1", { s: { e: [2] }, t: 4 }) } }],
    ["{ ws { g } }", "s(n: 9) { d }", { ws: ["1", "2"].map((id) => ({ g: given(id, { s: null }) })) }],
  ])("%s with %s", async (query, requires, data) => {
    using graph = await openRule(subgraphs(requires));
    expect(sorted(await graph.ask(query))).toEqual(sorted({ data }));
  });

  it("is not met by what the client asks of the same field", async () => {
    const { a, ...others } = subgraphs("s(n: 2) { d }");
    const failing = ({ n }: { n: number }) => {
      if (n === 2) throw new Error("no 2");
      return size({ n });
    };
    using graph = await openRule({ ...others, a: { sdl: "", ...a, roots: { w: { ...first, s: failing } } } });
    expect(await graph.ask("{ w { s(n: 3) { d } g } }")).toMatchObject({
      data: { w: { s: { d: 3 }, g: given("1", { s: null }) } },
      errors: [{}],
    });
  });
});

/** What was given says its fields in any order. */
function sorted(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer), (key, value: unknown) =>
    key === "g" && typeof value === "string"
      ? Object.entries(JSON.parse(value) as object).sort(([one], [other]) => one.localeCompare(other))
      : value,
  );
}
