/** The supergraph as the planner gets it has no needless keys. */
import { describe, expect, it } from "@jest/globals";
import { parse } from "graphql";
import { composeSubgraphs } from "../../../gateway/index.ts";
import { plannerSupergraph } from "../../../gateway/planning/planner-supergraph.ts";

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external"])';

/** The keys of P, by subgraph, as `name: key`. */
function keysOf(subgraphs: Readonly<Record<string, string>>): string[] {
  const list = Object.entries(subgraphs).map(([name, body]) => ({ name, sdl: `${link} ${body}` }));
  const sdl = plannerSupergraph(parse(composeSubgraphs(list)));
  const type = /^type P .*\{/m.exec(sdl)?.[0] ?? "";
  return [...type.matchAll(/join__type\(graph: (\w+), key: "([^"]*)"/g)].map(([, graph, key]) => `${graph}: ${key}`);
}

describe("the planner's supergraph", () => {
  it("has one key for a subgraph that all others can name", () => {
    expect(
      keysOf({
        a: 'type Query { p: P } type P @key(fields: "id") @key(fields: "sku") { id: ID! sku: ID! }',
        b: 'type P @key(fields: "sku") @key(fields: "id") { id: ID! sku: ID! w: Int }',
      }),
    ).toEqual(["A: id", "B: sku"]);
  });

  it("keeps keys that some subgraph cannot name another way", () => {
    expect(
      keysOf({
        a: 'type Query { p: P } type P @key(fields: "id") { id: ID! }',
        b: 'type P @key(fields: "id") @key(fields: "sku") { id: ID! sku: ID! }',
        c: 'type P @key(fields: "sku") { sku: ID! w: Int }',
      }),
    ).toEqual(["A: id", "B: id", "B: sku", "C: sku"]);
  });

  it("keeps the one that can be resolved", () => {
    expect(
      keysOf({
        a: 'type Query { p: P } type P @key(fields: "id", resolvable: false) { id: ID! }',
        b: 'type P @key(fields: "id", resolvable: false) @key(fields: "sku") { id: ID! sku: ID! }',
        c: 'type P @key(fields: "id") @key(fields: "sku") { id: ID! sku: ID! w: Int }',
      }),
    ).toEqual(["A: id", "B: id", "B: sku", "C: id"]);
  });
});
