/** What operations cost by estimate: @cost and @listSize as the IBM specification and federation 2.9 have them. */
import { describe, expect, it } from "@jest/globals";
import { OperationTypeNode, parse, validate } from "graphql";
import { buildApiSchema } from "../../../gateway/api-schema.ts";
import { composeSubgraphs } from "../../../gateway/compose.ts";
import { compileCost } from "../../../gateway/cost/compile-cost.ts";
import { evaluateCost } from "../../../gateway/cost/cost.ts";
import { readCostWeights } from "../../../gateway/cost/cost-weights.ts";
import { resolveSelections } from "../../../gateway/planning/resolve-selections.ts";
import { createOperationSelector } from "../../../gateway/planning/select-operation.ts";

const body = `
  type Query {
    one: P  many: [P]  grid: [[P]]  name: String  names: [String]
    fixed: [P] @listSize(assumedSize: 3)
    first(first: Int, last: Int): [P] @listSize(slicingArguments: ["first", "last"])
    usual(first: Int = 4): [P] @listSize(slicingArguments: ["first"])
    free(first: Int, last: Int): [P] @listSize(assumedSize: 2, slicingArguments: ["first", "last"], requireOneSlicingArgument: false)
    loose(first: Int): [P] @listSize(slicingArguments: ["first"], requireOneSlicingArgument: false)
    pages(first: Int): Pages @listSize(slicingArguments: ["first"], sizedFields: ["edges", "nodes"])
    dear: P @cost(weight: 20)
    heavy: Heavy  heavies: [Heavy]  shape: Shape  shapes: [Shape]  kind: Kind  search(text: String @cost(weight: 5)): P
    filter(where: Filter): P
    filters(where: [Filter]): P
    cheaper(only: Boolean @cost(weight: -3)): P
    byScalar(at: Stamp): P
  }
  type Mutation { write: P }
  type P { id: ID! x: Int @cost(weight: 2) next: P many: [P] }
  type Heavy @cost(weight: 7) { id: ID! }
  type Pages { edges: [Edge] nodes: [P] total: Int other: [P] }
  type Edge { node: P }
  interface Shape { id: ID! area: Int parts: [P] }
  type Round implements Shape { id: ID! area: Int @cost(weight: 3) parts: [P] @listSize(assumedSize: 5) radius: Int @cost(weight: 100) }
  type Square implements Shape @cost(weight: 4) { id: ID! area: Int parts: [P] side: Int @cost(weight: 40) corner: Int @cost(weight: 50) }
  enum Kind @cost(weight: 6) { A }
  scalar Stamp @cost(weight: 8)
  input Filter { a: Int @cost(weight: 4) b: Int and: [Filter] }
`;

function open(names: { readonly cost: string; readonly listSize: string }, imports: string) {
  const renamed = body.replaceAll("@cost", `@${names.cost}`).replaceAll("@listSize", `@${names.listSize}`);
  const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ${imports})`;
  const supergraphSdl = composeSubgraphs([{ name: "a", sdl: `${link} ${renamed}` }]);
  const schema = buildApiSchema(supergraphSdl);
  return { schema, weights: readCostWeights(parse(supergraphSdl)), assumedListSize: 10 };
}

const model = open({ cost: "cost", listSize: "listSize" }, '["@cost", "@listSize"]');

function costOf(query: string, variables: Readonly<Record<string, unknown>> = {}, of = model): number {
  const document = parse(query);
  expect(validate(of.schema, document)).toEqual([]);
  const selected = createOperationSelector()(document, undefined);
  if (selected === undefined) throw new Error("no operation");
  const { operation } = selected.operation;
  return evaluateCost(compileCost(of, operation, resolveSelections(selected, variables)), variables);
}

describe("the cost of an operation", () => {
  it.each(
    [
      ["a scalar is free, an object costs 1", "{ name names one { id } }", 1],
      ["a mutation costs 10 more", "mutation { write { id } }", 11],
      ["introspection is free", "{ __schema { types { name } } __typename one { __typename } }", 1],
      ["a list is taken for 10", "{ many { id } }", 10],
      ["lists multiply", "{ many { many { x } } }", 10 * (1 + 10 * (1 + 2))],
      ["each level of a nested list counts", "{ grid { id } }", 100],
      ["a size may be assumed", "{ fixed { x } }", 3 * (1 + 2)],
      ["a field's weight goes before its type's", "{ dear { id } }", 20],
      ["a type has a weight", "{ heavy { id } heavies { id } }", 7 + 70],
      ["an enum has a weight", "{ kind }", 6],
      ["a slicing argument says the size", "{ first(first: 4) { id } }", 4],
      ["another one as well", "{ first(last: 5) { id } }", 5],
      ["a negative size is none", "{ first(last: -5) { id } }", 0],
      ["its default counts", "{ usual { id } }", 4],
      ["what is given goes before its default", "{ usual(first: 2) { id } }", 2],
      ["the largest of several counts", "{ free(first: 4, last: 7) { id } }", 7],
      ["without any the assumed size counts", "{ free { id } }", 2],
      ["without that the usual one", "{ loose { id } }", 10],
      ["lists below may be sized", "{ pages(first: 3) { total edges { node { id } } nodes { id } } }", 1 + 3 * 2 + 3],
      ["others below are not", "{ pages(first: 3) { other { id } } }", 1 + 10],
      [
        "fragments and aliases change nothing",
        "{ pages(first: 3) { ... { e: nodes { ...F } } } } fragment F on P { x }",
        1 + 9,
      ],
      ["an argument has a weight where it is given", '{ a: search(text: "x") { id } b: search { id } }', 5 + 1 + 1],
      ["an input object costs 1 and its fields", "{ filter(where: { a: 1, b: 2 }) { id } }", 1 + 1 + 4],
      ["and those inside it", "{ filters(where: [{ a: 1 }, { and: [{ a: 1 }] }]) { id } }", 1 + 5 + (1 + 5)],
      ["a scalar of an argument has a weight", "{ byScalar(at: 3) { id } }", 1 + 8],
      ["no field costs less than nothing", "{ a: cheaper(only: true) { id } name }", 0],
      ["an abstract type costs as its dearest one", "{ shape { id } }", 4],
      ["a field of an interface as well", "{ shape { area } }", 4 + 3],
      [
        "of types that exclude one another the dearest counts",
        "{ shape { ... on Round { radius } ... on Square { side } } }",
        4 + 100,
      ],
      [
        "what one type has in several fragments is added",
        "{ shape { ... on Round { radius } ... on Square { side } ... on Square { corner side } } }",
        4 + 130,
      ],
      [
        "a condition that holds for all narrows nothing",
        "{ shape { ... on Shape { area } ... on Round { radius } } }",
        4 + 3 + 100,
      ],
      ["what is skipped is free", "{ one @skip(if: true) { id } many @include(if: false) { id } name }", 0],
      ["what is beyond all numbers is no number", `{ ${"many { ".repeat(40)} id ${"}".repeat(40)} }`, Infinity],
    ].map(([claim, query, cost]) => [claim, query, cost === Infinity ? 1e40 : cost] as const),
  )("%s", (_claim, query, cost) => {
    const actual = costOf(query as string);
    if (cost === 1e40) expect(actual).toBeGreaterThan(1e39);
    else expect(actual).toBe(cost);
  });

  it("depends on variables where sizes, weights and conditions do", () => {
    const query = `query ($n: Int, $w: Filter, $s: Boolean!) {
      first(first: $n) { many @skip(if: $s) { id } }
      filter(where: $w) { id }
    }`;
    expect(costOf(query, { n: 3, w: { a: 1 }, s: false })).toBe(3 * 11 + 1 + 5);
    expect(costOf(query, { n: 2, s: true })).toBe(2 + 1);
  });

  it.each([
    ["none", "{ first { id } }", {}],
    ["two", "{ first(first: 1, last: 1) { id } }", {}],
    ["a null", "{ first(first: null) { id } }", {}],
    ["a variable without a value", "query ($n: Int) { first(first: $n) { id } }", {}],
    ["one too many by variables", "query ($n: Int) { first(first: $n, last: 2) { id } }", { n: 1 }],
  ])("cannot be told with %s of the slicing arguments of which one is required", (_what, query, variables) => {
    expect(() => costOf(query, variables)).toThrow(
      'The field "first" must have exactly one of the arguments first, last.',
    );
  });

  it("is compiled to a number where it does not depend on variables", () => {
    const selected = createOperationSelector()(
      parse("query ($t: String) { many { id } search(text: $t) { id } }"),
      undefined,
    );
    const many = selected?.operation.selectionSet.selections ?? [];
    expect(compileCost(model, OperationTypeNode.QUERY, many.slice(0, 1))).toBe(10);
    expect(compileCost(model, OperationTypeNode.QUERY, many)).toBeInstanceOf(Function);
  });

  it.each([
    [
      "other names",
      { cost: "weight", listSize: "size" },
      '[{ name: "@cost", as: "@weight" }, { name: "@listSize", as: "@size" }]',
    ],
    ["names with a prefix", { cost: "federation__cost", listSize: "federation__listSize" }, "[]"],
  ])("is read from directives under %s", (_what, names, imports) => {
    const renamed = open(names, imports);
    expect(costOf("{ fixed { x } heavy { id } }", {}, renamed)).toBe(9 + 7);
  });
});
