/** Composition and the API schema. */
import { describe, expect, it } from "@jest/globals";
import { isObjectType } from "graphql";
import { buildApiSchema, composeSubgraphs, printApiSchema } from "../../gateway/index.ts";
import { shopGraph } from "./fixtures/shop-graph.ts";

describe("composition", () => {
  it("lists every problem of every subgraph in one error", () => {
    const broken = [
      { name: "a", sdl: "type Query {" },
      { name: "a", sdl: "type Query { a: Int }" },
      { name: "c", sdl: "type Query { c: }" },
    ];
    expect(() => composeSubgraphs(broken)).toThrow(
      expect.objectContaining({
        code: "COMPOSITION_FAILED",
        message: expect.stringMatching(/two subgraphs named "a"[^]*\[a\] [^]*line 1, column 13[^]*\[c\] /),
      }),
    );
  });

  it("names fields that two subgraphs define without sharing them", () => {
    const link =
      'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"]) type Query { x: Int y: Int }';
    const subgraphs = ["a", "b"].map((name) => ({ name, sdl: link }));
    expect(() => composeSubgraphs(subgraphs)).toThrow(/Query\.x[^]*Query\.y/);
  });

  it("refuses to compose nothing", () => {
    expect(() => composeSubgraphs([])).toThrow("There is no subgraph to compose.");
  });
});

describe("the API schema", () => {
  const supergraphSdl = composeSubgraphs(shopGraph().subgraphs);
  const sdl = printApiSchema(buildApiSchema(supergraphSdl));

  it("has no trace of federation", () => {
    expect(sdl).not.toMatch(/join__|link__|@join|@link|_entities|_Any|@key|inaccessible|FieldSet/);
  });

  it("leaves out inaccessible fields, arguments and enum values", () => {
    expect(sdl).not.toMatch(/cost|secret|HIDDEN/);
    expect(sdl).toContain("enum Unit {\n  CM\n  IN\n}");
  });

  it("keeps descriptions, deprecations and default values", () => {
    expect(sdl).toContain('"""Something to buy."""\ntype Product');
    expect(sdl).toContain('"""In the unit asked for."""\n  size(unit: Unit = CM): String');
    expect(sdl).toContain('oldName: String @deprecated(reason: "Use name.")');
    expect(sdl).toContain("products(first: Int = 3): [Product!]!");
  });

  it("leaves out inaccessible types wherever they are named, whatever the directive is called", () => {
    const supergraph = `
      schema
        @link(url: "https://specs.apollo.dev/link/v1.0")
        @link(url: "https://specs.apollo.dev/inaccessible/v0.2", as: "hidden")
        @link(url: "https://example.com/audit/v1.0", import: [{ name: "@audit", as: "@watched" }]) { query: Query }
      directive @hidden on OBJECT
      directive @watched on OBJECT | FIELD
      directive @shown on FIELD
      type Query { a: U }
      interface I @hidden { x: Int }
      type A implements I @watched { x: Int }
      type B @hidden { x: Int }
      union U = A | B
      enum audit__Level { HIGH }
    `;
    const schema = buildApiSchema(supergraph);
    const a = schema.getType("A");
    expect(printApiSchema(schema)).not.toMatch(/\bB\b|\bI\b|hidden|watched|audit/);
    expect(isObjectType(a) && a.getInterfaces()).toEqual([]);
    expect(schema.getDirective("shown")).toBeDefined();
  });
});
