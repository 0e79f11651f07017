/** Supergraphs that say more than the gateway can do are refused by name. */
import { describe, expect, it } from "@jest/globals";
import { parse } from "graphql";
import { composeSubgraphs } from "../../gateway/index.ts";
import { checkSupport } from "../../gateway/supergraph-support.ts";

const apollo = "https://specs.apollo.dev";
const join = `@link(url: "${apollo}/join/v0.5", for: EXECUTION)`;
const supergraph = (...links: string[]) =>
  parse(`schema @link(url: "${apollo}/link/v1.0") ${links.join(" ")} { query: Query } type Query { a: Int }`);

/** One subgraph's supergraph. */
const composed = (names: readonly string[], body: string) => {
  const list = ["@key", "@shareable", ...names].map((name) => `"${name}"`).join(", ");
  const link = `extend schema @link(url: "${apollo}/federation/v2.9", import: [${list}])`;
  return parse(composeSubgraphs([{ name: "a", sdl: `${link} ${body}` }]));
};

describe("a supergraph", () => {
  it.each([
    ["of federation 2", supergraph(join)],
    [
      "with hidden and tagged elements",
      composed(["@inaccessible", "@tag"], 'type Query { a: Int @tag(name: "x") b: Int @inaccessible }'),
    ],
    [
      "with costs",
      composed(["@cost", "@listSize"], "type Query { a: [Int] @cost(weight: 3) @listSize(assumedSize: 2) }"),
    ],
    ["with a specification of its own", supergraph(join, '@link(url: "https://example.com/audit/v1.0")')],
    ["with a link without version, for nothing", supergraph(join, '@link(url: "https://example.com/audit")')],
  ])("is accepted: one %s", (_what, document) => {
    expect(() => checkSupport(document)).not.toThrow();
  });

  it.each([
    ["@authenticated", composed(["@authenticated"], "type Query { a: Int @authenticated }")],
    ["@requiresScopes", composed(["@requiresScopes"], 'type Query { a: Int @requiresScopes(scopes: [["x"]]) }')],
    ["@policy", composed(["@policy"], 'type Query { a: Int @policy(policies: [["x"]]) }')],
  ])("with %s is refused unless a hook enforces it", (name, document) => {
    expect(() => checkSupport(document)).toThrow(
      expect.objectContaining({ code: "SUPERGRAPH_UNSUPPORTED", message: expect.stringContaining(name) }),
    );
    expect(() => checkSupport(document, { authorises: true })).not.toThrow();
  });

  it.each([
    [
      "@fromContext of K.w(a:)",
      composed(
        ["@context", "@fromContext"],
        `type Query { e: E } type E @key(fields: "id") @context(name: "c") { id: ID! v(n: Int): String k: K }
         type K @key(fields: "id") { id: ID! w(a: String @fromContext(field: "$c { v }")): String }`,
      ),
    ],
    [`${apollo}/context/v0.9`, supergraph(join, `@link(url: "${apollo}/context/v0.9", for: SECURITY)`)],
    [`${apollo}/join/v0.1`, supergraph(join.replace("v0.5", "v0.1"))],
    [
      `${apollo}/join/v0.9 is of a version that is not known; known: v0.3, v0.4, v0.5`,
      supergraph(join.replace("v0.5", "v0.9")),
    ],
    [`${apollo}/link/v2.0`, parse(`schema @link(url: "${apollo}/link/v2.0") ${join} { query: Query }`)],
    [`${apollo}/inaccessible/v9.9`, supergraph(join, `@link(url: "${apollo}/inaccessible/v9.9", for: SECURITY)`)],
    [
      "https://example.com/vault/v1.0 is linked for SECURITY",
      supergraph(join, '@link(url: "https://example.com/vault/v1.0", for: SECURITY)'),
    ],
    [
      "https://example.com/run/v1.0 is linked for EXECUTION",
      supergraph(join, '@link(url: "https://example.com/run/v1.0", for: EXECUTION)'),
    ],
    [
      "https://example.com/join/v0.5 is linked for EXECUTION",
      supergraph(join, '@link(url: "https://example.com/join/v0.5", for: EXECUTION)'),
    ],
    ["no supergraph", parse("type Query { a: Int }")],
  ])("is refused by name: %s", (name, document) => {
    expect(() => checkSupport(document, { authorises: true })).toThrow(
      expect.objectContaining({ code: "SUPERGRAPH_UNSUPPORTED", message: expect.stringContaining(name) }),
    );
  });

  it("is told every reason at once", () => {
    const document = supergraph(
      `@link(url: "${apollo}/context/v0.9", for: SECURITY)`,
      `@link(url: "${apollo}/policy/v0.1", for: SECURITY)`,
    );
    expect(() => checkSupport(document)).toThrow(/context\/v0.9[^]*@policy[^]*no supergraph/);
  });
});
