/** What the planner is asked, and what follows from how it is asked. */
import { describe, expect, it } from "@jest/globals";
import type { PlanNode } from "@graphql-hive/router-query-planner";
import { parse } from "graphql";
import { buildApiSchema } from "../../../gateway/api-schema.ts";
import { composeSubgraphs } from "../../../gateway/compose.ts";
import { planDocument } from "../../../gateway/planning/plan-document.ts";
import { openQueryPlanner } from "../../../gateway/planning/query-planner.ts";
import { resolveSelections } from "../../../gateway/planning/resolve-selections.ts";
import { createOperationSelector } from "../../../gateway/planning/select-operation.ts";
import { readSupergraphTypes } from "../../../gateway/supergraph-types.ts";

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3",
  import: ["@key", "@shareable", "@external", "@provides", "@inaccessible"])`;

/** One path of \`shelf\` provides what stands behind an interface; the other does not. */
const shelves = composeSubgraphs([
  {
    name: "bare",
    sdl: `${link}
      type Query { shelf: Shelf @shareable }
      interface Shelf { id: ID! }
      interface Item { id: ID! }
      type Rack implements Shelf @key(fields: "id") { id: ID! items: [Item] @shareable }
      type Book implements Item @key(fields: "id") { id: ID! @external }
      type Film implements Item @key(fields: "id") { id: ID! @external }`,
  },
  {
    name: "giving",
    sdl: `${link}
      type Query { shelf: Shelf @shareable @provides(fields: "items { id title }") }
      interface Shelf { id: ID! items: [Item] }
      interface Item { id: ID! title: String }
      type Rack implements Shelf { id: ID! @shareable items: [Item] @external }
      type Book implements Item { id: ID! @external title: String @external }
      type Film implements Item { id: ID! @external title: String @external }`,
  },
  {
    name: "all",
    sdl: `${link}
      interface Shelf { id: ID! items: [Item] }
      interface Item { id: ID! title: String }
      type Rack implements Shelf @key(fields: "id") { id: ID! items: [Item] @shareable }
      type Book implements Item @key(fields: "id") { id: ID! title: String @shareable pages: Int }
      type Film implements Item @key(fields: "id") { id: ID! title: String @shareable minutes: Int }
      type Crate @key(fields: "id") { id: ID! }
      union Thing = Book | Film | Crate
      type Query { thing: Thing }`,
  },
]);

function documentOf(query: string): string | undefined {
  const selected = createOperationSelector()(parse(query), undefined);
  if (selected === undefined) throw new Error("No operation.");
  const source = {
    schema: buildApiSchema(shelves),
    types: readSupergraphTypes(shelves),
    operation: selected.operation,
  };
  return planDocument(source, resolveSelections(selected, {}))?.replaceAll(/\s+/g, " ");
}

async function fetchesOf(query: string): Promise<string[]> {
  const planner = await openQueryPlanner(shelves);
  const plan = await planner.draw().plan(documentOf(query) ?? "");
  planner.close();
  const fetches: string[] = [];
  const collect = (node: PlanNode | undefined): void => {
    if (node === undefined) return;
    if ("nodes" in node) node.nodes.forEach(collect);
    if (node.kind === "Flatten") collect(node.node);
    if (node.kind === "Fetch") fetches.push(`${node.serviceName}: ${node.operation.replaceAll(/\s+/g, " ")}`);
  };
  collect(plan);
  return fetches;
}

describe("a document for the planner", () => {
  it("has no __typename that the client did not ask for, so that what @provides gives is taken", async () => {
    const fetches = await fetchesOf("{ shelf { items { id title ... on Film { minutes } } } }");
    expect(fetches.map((fetch) => fetch.split(":")[0])).toEqual(["giving", "all"]);
    // The planner asks by itself for what tells a Film from a Book.
    expect(fetches[0]).toContain("items{__typename");
  });

  it("leaves out what applies to no object type", () => {
    expect(documentOf("{ thing { ... on Item { ... on Crate { id } } ... on Book { pages } } }")).toBe(
      "{ thing { ... on Book { pages } } }",
    );
  });

  it("asks for __typename where nothing else is left", async () => {
    const query = "{ thing { ... on Item { ... on Thing { ... on Crate { id } } } } }";
    expect(documentOf(query)).toBe("{ thing { __typename } }");
    expect(await fetchesOf(query)).toEqual(["all: {thing{__typename}}"]);
  });

  it("keeps what applies to some of the object types", () => {
    const query = "{ thing { ... on Item { title ... on Thing { ... on Film { minutes } } } } }";
    expect(documentOf(query)).toBe("{ thing { ... on Item { title ... on Thing { ... on Film { minutes } } } } }");
  });
});
