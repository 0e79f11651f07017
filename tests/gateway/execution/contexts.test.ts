/** @context and @fromContext: a field takes arguments from the nearest object around it that sets a context. */
import { describe, expect, it } from "@jest/globals";
import { parse, print } from "graphql";
import { openRule } from "../fixtures/rule-graph.ts";
import type { RuleSubgraph } from "../fixtures/rule-subgraph.ts";

interface Ref {
  readonly id: string;
}

/** `K.f` says what it was given. */
const says = ({ id }: Ref) => ({
  id,
  f: ({ c, n }: { c?: unknown; n?: number }) => JSON.stringify([id, c, ...(n === undefined ? [] : [n])]),
});
const k = (id: string) => ({ __typename: "K", ...says({ id }) });

/** One subgraph with `K.f`, whose argument is of the type and from the selection given. */
const one = (
  sdl: string,
  from: string,
  roots: Readonly<Record<string, unknown>>,
  type = "String",
): Readonly<Record<string, RuleSubgraph>> => ({
  a: {
    sdl: `${sdl} type K @key(fields: "id") { id: ID! f(n: Int, c: ${type} @fromContext(field: "${from}")): String }`,
    roots,
    entities: { K: says },
  },
});

const user = `type Query { u: U us: [U] } type U @context(name: "c") { p: String k: K ks: [K] }`;

interface Case {
  readonly name: string;
  readonly subgraphs: Readonly<Record<string, RuleSubgraph>>;
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly data: unknown;
}

const cases: readonly Case[] = [
  {
    name: "the value is read though the client does not ask for it",
    subgraphs: one(user, "$c { p }", { u: { p: "x", k: k("1") } }),
    query: "{ u { k { f } } }",
    data: { u: { k: { f: '["1","x"]' } } },
  },
  {
    name: "equal objects of a list get the value of what is around each of them",
    subgraphs: one(user, "$c { p }", {
      us: [
        { p: "x", ks: [k("1"), k("2")] },
        { p: "y", ks: [k("1"), null] },
        { p: "x", ks: [k("2")] },
      ],
    }),
    query: "{ us { p ks { f } } }",
    data: {
      us: [
        { p: "x", ks: [{ f: '["1","x"]' }, { f: '["2","x"]' }] },
        { p: "y", ks: [{ f: '["1","y"]' }, null] },
        { p: "x", ks: [{ f: '["2","x"]' }] },
      ],
    },
  },
  {
    name: "null is a value",
    subgraphs: one(user, "$c { p }", { u: { p: null, k: k("1") } }),
    query: "{ u { k { f } } }",
    data: { u: { k: { f: '["1",null]' } } },
  },
  {
    name: "aliases, arguments and variables of the client stay its own",
    subgraphs: one(user, "$c { p }", { u: { p: "x", k: k("1") } }),
    query: "query ($context_0: Int) { u { p: __typename k { f: id a: f(n: $context_0) b: f(n: 2) } } }",
    variables: { context_0: 7 },
    data: { u: { p: "U", k: { f: "1", a: '["1","x",7]', b: '["1","x",2]' } } },
  },
  {
    name: "a path of several fields",
    subgraphs: one(
      'type Query { u: U } type U @context(name: "c") { p: P k: K } type P { q: Q } type Q { r: Int }',
      "$c { p { q { r } } }",
      { u: { p: { q: { r: 3 } }, k: k("1") } },
      "Int",
    ),
    query: "{ u { k { f } p { q { __typename } } } }",
    data: { u: { k: { f: '["1",3]' }, p: { q: { __typename: "Q" } } } },
  },
  {
    name: "a path through a list gives a list, with nulls where it has some",
    subgraphs: one(
      'type Query { u: U } type U @context(name: "c") { p: [P] k: K } type P { q: Int }',
      "$c { p { q } }",
      { u: { p: [{ q: 1 }, null, { q: null }, { q: 4 }], k: k("1") } },
      "[Int]",
    ),
    query: "{ u { k { f } } }",
    data: { u: { k: { f: '["1",[1,null,null,4]]' } } },
  },
  {
    name: "several types set a context, each with a selection of its own",
    subgraphs: one(
      `type Query { all: [A] } union A = U | W | X type U @context(name: "c") { p: String k: K }
       type W @context(name: "c") { q: Int k: K r: String } type X { u: U }`,
      "$c ... on U { p } ... on W { r }",
      {
        all: [
          { __typename: "U", p: "x", k: k("1") },
          { __typename: "W", r: "y", k: k("1") },
          { __typename: "X", u: { __typename: "U", p: "z", k: k("1") } },
        ],
      },
    ),
    query: "{ all { ... on U { k { f } } ... on W { k { f } } ... on X { u { k { f } } } } }",
    data: { all: [{ k: { f: '["1","x"]' } }, { k: { f: '["1","y"]' } }, { u: { k: { f: '["1","z"]' } } }] },
  },
  {
    name: "an interface sets a context for all its types",
    subgraphs: one(
      `type Query { is: [I] u: U } interface I @context(name: "c") { p: String k: K }
       type U implements I { p: String k: K } type V implements I { p: String k: K }`,
      "$c { p }",
      {
        is: [
          { __typename: "U", p: "x", k: k("1") },
          { __typename: "V", p: "y", k: k("1") },
        ],
        u: { __typename: "U", p: "z", k: k("1") },
      },
    ),
    query: "{ is { k { f } } u { k { f } } }",
    data: { is: [{ k: { f: '["1","x"]' } }, { k: { f: '["1","y"]' } }], u: { k: { f: '["1","z"]' } } },
  },
  {
    name: "of an interface some types set the context, and for others what is above counts",
    subgraphs: one(
      `type Query { w: W } type W @context(name: "c") { p: String is: [I] } interface I { k: K }
       type U implements I @context(name: "c") { p: String k: K } type V implements I { k: K }`,
      "$c { p }",
      {
        w: {
          p: "w",
          is: [
            { __typename: "U", p: "x", k: k("1") },
            { __typename: "V", k: k("1") },
          ],
        },
      },
    ),
    query: "{ w { is { k { f } } } }",
    data: { w: { is: [{ k: { f: '["1","x"]' } }, { k: { f: '["1","w"]' } }] } },
  },
  {
    name: "the root sets a context",
    subgraphs: one('type Query @context(name: "c") { p: String k: K }', "$c { p }", { p: "x", k: k("1") }),
    query: "{ k { f } }",
    data: { k: { f: '["1","x"]' } },
  },
  {
    name: "a type whose objects stand inside one another: the one around counts, not the object itself",
    subgraphs: {
      a: {
        sdl: `type Query @context(name: "c") { p: String n: N } type N @key(fields: "id") @context(name: "c") {
          id: ID! p: String n: N f(c: String @fromContext(field: "$c { p }")): String }`,
        roots: { p: "q", n: { id: "1", p: "x", n: { id: "2", p: "y", n: { id: "3", p: "z" } } } },
        entities: { N: says },
      },
    },
    query: "{ n { f n { f n { f } } } }",
    data: { n: { f: '["1","q"]', n: { f: '["2","x"]', n: { f: '["3","y"]' } } } },
  },
  {
    name: "the objects on the way and the value come from other subgraphs",
    subgraphs: {
      a: {
        sdl: `type U @key(fields: "id") @context(name: "c") { id: ID! p: String @external }
          type K @key(fields: "id") { id: ID! f(c: String @fromContext(field: "$c { p }")): String }`,
        entities: { K: says, U: ({ id }: Ref) => ({ id }) },
      },
      b: {
        sdl: 'type Query { us: [U] } type U @key(fields: "id") { id: ID! m: M } type M @key(fields: "id") { id: ID! }',
        roots: {
          us: [
            { id: "1", m: { id: "m" } },
            { id: "2", m: { id: "m" } },
          ],
        },
      },
      c: {
        sdl: 'type U @key(fields: "id") { id: ID! p: String @shareable } type M @key(fields: "id") { id: ID! k: K g: String } type K @key(fields: "id") { id: ID! g: Int }',
        entities: { U: ({ id }: Ref) => ({ p: `p${id}` }), M: () => ({ k: { id: "k", g: 5 } }), K: () => ({ g: 6 }) },
      },
    },
    query: "{ us { m { k { f g } } } }",
    data: { us: [{ m: { k: { f: '["k","p1"]', g: 5 } } }, { m: { k: { f: '["k","p2"]', g: 5 } } }] },
  },
  {
    name: "a field of what such a field gives takes one, too, and goes on in another subgraph",
    subgraphs: {
      a: {
        sdl: `type Query { us: [U] } type U @context(name: "c") { p: String k: K }
          type K @key(fields: "id") { id: ID! d(c: String @fromContext(field: "$c { p }")): D }
          type D @context(name: "d") { q: String e: E }
          type E @key(fields: "id") { id: ID! f(c: String @fromContext(field: "$c { p }"), d: String @fromContext(field: "$d { q }")): String }`,
        roots: {
          us: [
            { p: "x", k: { id: "1" } },
            { p: "y", k: { id: "1" } },
          ],
        },
        entities: {
          K: ({ id }: Ref) => ({ id, d: ({ c }: { c: string }) => ({ q: `${id}${c}`, e: { id: "e" } }) }),
          E: ({ id }: Ref) => ({ id, f: ({ c, d }: { c: string; d: string }) => `${id} ${c} ${d}` }),
        },
      },
      b: { sdl: 'type E @key(fields: "id") { id: ID! g: Int }', entities: { E: () => ({ g: 4 }) } },
    },
    query: "{ us { k { d { e { f g } } } } }",
    data: { us: ["x", "y"].map((c) => ({ k: { d: { e: { f: `e ${c} 1${c}`, g: 4 } } } })) },
  },
  {
    name: "beside @requires",
    subgraphs: {
      a: {
        sdl: `${user} type K @key(fields: "id") { id: ID! w: Int @external f(c: String @fromContext(field: "$c { p }")): String @requires(fields: "w") }`,
        roots: {
          us: [
            { p: "x", k: { id: "1" } },
            { p: "y", k: { id: "1" } },
          ],
        },
        entities: { K: ({ w }: { w: number }) => ({ f: ({ c }: { c: string }) => `${c}${w}` }) },
      },
      b: { sdl: 'type K @key(fields: "id") { id: ID! w: Int }', entities: { K: () => ({ w: 9 }) } },
    },
    query: "{ us { k { f } } }",
    data: { us: [{ k: { f: "x9" } }, { k: { f: "y9" } }] },
  },
  {
    name: "a value that clients may not see",
    subgraphs: one(user.replace("p: String", "p: String @inaccessible q: Int"), "$c { p }", {
      u: { p: "x", k: k("1") },
    }),
    query: "{ u { k { f } } }",
    data: { u: { k: { f: '["1","x"]' } } },
  },
  {
    name: "a mutation's next field begins when all below the first has been read",
    subgraphs: {
      a: {
        sdl: `type Query { z: Int } type Mutation { add: U } type U @context(name: "c") { p: Int k: K }
          type K @key(fields: "id") { id: ID! f(c: Int @fromContext(field: "$c { p }")): String }`,
        ...counting(),
      },
    },
    query: "mutation { a: add { k { f } } b: add { k { f } } }",
    data: { a: { k: { f: "1 of 1" } }, b: { k: { f: "2 of 2" } } },
  },
];

function counting(): Pick<RuleSubgraph, "roots" | "entities"> {
  let count = 0;
  return {
    roots: { add: () => ({ p: ++count, k: { id: "1" } }) },
    entities: { K: () => ({ f: ({ c }: { c: number }) => `${c} of ${count}` }) },
  };
}

describe("@fromContext", () => {
  it.each(cases.map((one) => [one.name, one] as const))("%s", async (_name, { subgraphs, query, variables, data }) => {
    using graph = await openRule(subgraphs);
    expect(await graph.ask(query, variables)).toEqual({ data });
    expect(graph.api()).not.toMatch(/c: |ontext/);
  });

  it("asks for objects with equal values together, and for 50 values at most in one request", async () => {
    const us = Array.from({ length: 120 }, (_, at) => ({ p: `${at % 60}`, k: k("1") }));
    using graph = await openRule(one(user, "$c { p }", { us }));
    expect(await graph.ask("{ us { k { f } } }")).toEqual({
      data: { us: us.map(({ p }) => ({ k: { f: `["1","${p}"]` } })) },
    });
    expect(graph.transports[0]?.requests.map(({ document }) => print(document).split("_entities(").length - 1)).toEqual(
      [0, 50, 10],
    );
  });

  /** The composer takes every selection for one that may be null, and sees to it that some object around sets the context. */
  const withRoot = user.replace("Query", 'Query @context(name: "c")').replace("u: U us", "p: String k: K us");
  const unset = (supergraph: string) => supergraph.replace(/(type Query [^{]*)@context\([^)]*\)/, "$1");

  it("gives null where nothing around sets the context", async () => {
    using graph = await openRule(one(withRoot, "$c { p }", { p: "q", k: k("1") }), unset);
    expect(await graph.ask("{ k { f } }")).toEqual({ data: { k: { f: '["1",null]' } } });
  });

  it("an argument that must have a value gets one, or its field an error and no request", async () => {
    const us = [
      { p: "x", k: k("1") },
      { p: null, k: k("1") },
    ];
    const change = (supergraph: string) => unset(supergraph).replace('type: "String"', 'type: "String!"');
    using graph = await openRule(one(withRoot, "$c { p }", { us, k: k("2") }), change);
    const message = "Nothing around the object gives a value for K.f(c:), which must have one.";
    expect(await graph.ask("{ us { k { g: f } } k { f } }")).toEqual({
      data: { us: [{ k: { g: '["1","x"]' } }, { k: { g: null } }], k: { f: null } },
      errors: expect.arrayContaining(
        [
          ["us", 1, "k", "g"],
          ["k", "f"],
        ].map((path): unknown => expect.objectContaining({ path, message })),
      ),
    });
    const sent = (graph.transports[0]?.requests ?? []).map(({ document }) => print(document));
    expect(sent.filter((one) => one.includes("_entities"))).toEqual([expect.stringMatching(/\$context_\d_0: String!/)]);
  });

  it("is null where the value could not be read, with the error of that", async () => {
    const fails = () => {
      throw new Error("no p");
    };
    using graph = await openRule(
      one(user, "$c { p }", {
        us: [
          { p: "x", k: k("1") },
          { p: fails, k: k("1") },
        ],
      }),
    );
    expect(await graph.ask("{ us { k { f } } }")).toMatchObject({
      data: { us: [{ k: { f: '["1","x"]' } }, { k: { f: '["1",null]' } }] },
      errors: [{ path: ["us", 1, "p"] }],
    });
  });

  it("an error of the field stands at each object that it is about", async () => {
    const subgraphs = one(user, "$c { p }", { us: ["x", "y", "x"].map((p) => ({ p, k: k("1") })) });
    const failing = ({ c }: { c: string }) => {
      if (c === "x") throw new Error("not x");
      return c;
    };
    using graph = await openRule({ a: { sdl: "", ...subgraphs["a"], entities: { K: () => ({ f: failing }) } } });
    expect(await graph.ask("{ us { k { f } } }")).toMatchObject({
      data: { us: [{ k: { f: null } }, { k: { f: "y" } }, { k: { f: null } }] },
      errors: [{ path: ["us", 0, "k", "f"] }, { path: ["us", 2, "k", "f"] }],
    });
  });

  it("comes with the rest where fragments are deferred", async () => {
    using graph = await openRule(one(user, "$c { p }", { u: { p: "x", k: k("1") } }));
    const document = parse("{ u { k { ... @defer { f } } } }");
    const context = { requestId: "r", headers: {}, wantsCursor: false, scope: {} };
    const result = await graph.generation.executeIncrementally({
      document,
      operationName: undefined,
      variables: {},
      context,
    });
    expect(JSON.parse(JSON.stringify(result))).toEqual({ data: { u: { k: { f: '["1","x"]' } } } });
  });

  it("is refused by name where another field requires one that takes an argument", async () => {
    const b = { sdl: 'type K @key(fields: "id") { id: ID! g: Int }' };
    const requiring = (supergraph: string) => supergraph.replace("(graph: B)", '(graph: B, requires: "f")');
    const refused = openRule({ ...one(user, "$c { p }", {}), b }, (text) => text.replace(/g: Int .*/, requiring));
    await expect(refused).rejects.toMatchObject({
      code: "SUPERGRAPH_UNSUPPORTED",
      message: expect.stringContaining("@requires on K of a field with @fromContext"),
    });
  });

  it("is refused by name where the value is of a field with arguments", async () => {
    const subgraphs = one(user.replace("p: String", "p(n: Int): String"), "$c { p }", {});
    await expect(openRule(subgraphs)).rejects.toMatchObject({
      code: "SUPERGRAPH_UNSUPPORTED",
      message: expect.stringContaining("K.f(c:) cannot be honoured: it is no path of fields without arguments"),
    });
  });
});
