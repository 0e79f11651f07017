/** Conditions where types are abstract, fields are computed from others, and supergraphs name the directives otherwise. */
import { afterAll, describe, expect, it } from "@jest/globals";
import { parse } from "graphql";
import { composeSubgraphs } from "../../../gateway/index.ts";
import { createGeneration, type Generation } from "../../../gateway/generation.ts";
import { silentLogger } from "../../../gateway/gateway-logger.ts";
import type { Principal } from "../../../gateway/authorization/principal.ts";
import { guardedSubgraph } from "../fixtures/guarded-graph.ts";
import type { InMemorySubgraph } from "../fixtures/in-memory-subgraph.ts";

const opened: Promise<Generation>[] = [];

afterAll(async () => {
  for (const generation of await Promise.all(opened)) generation.close();
});

/** @param edit makes of the composed supergraph one that another composer would have made */
function openGraph(subgraphs: readonly InMemorySubgraph[], edit = (sdl: string): string => sdl) {
  const supergraphSdl = edit(composeSubgraphs(subgraphs));
  const opening = createGeneration({
    ...{ supergraphSdl, subgraphs, logger: silentLogger, fetchTimeoutMs: 1_000, planCacheSize: 100, authorises: true },
  });
  opened.push(opening);
  return async (query: string, who: Partial<Principal> | null = null) => {
    const principal = who === null ? null : { claims: {}, ...who };
    const context = { requestId: "r", headers: {}, principal, wantsCursor: false, scope: {} };
    const request = { document: parse(query), operationName: undefined, variables: undefined, context };
    const generation = await opening;
    const { data, errors = [] } = await generation.execute(request);
    return {
      data: JSON.parse(JSON.stringify(data ?? null)) as unknown,
      denied: errors.map(({ path }) => path?.join(".")),
    };
  };
}

const posts = [
  { __typename: "Draft", id: "1", title: "Plans", body: "none yet", author: { name: "Ada" }, place: { x: 1, y: 2 } },
  { __typename: "Article", id: "2", title: "News", body: "much", author: { name: "Bob" }, place: { x: 3, y: 4 } },
];

const blog = () =>
  guardedSubgraph({
    name: "blog",
    sdl: `
      type Query { posts: [Post] found: [Found] titled: [Titled] }
      interface Titled { title: String }
      interface Post implements Titled { id: ID title: String body: String author: Author place: Place }
      type Place { x: Int y: Int }
      type Draft implements Post & Titled {
        id: ID title: String @authenticated body: String author: Author place: Place @authenticated
      }
      type Article implements Post & Titled {
        id: ID title: String body: String @requiresScopes(scopes: [["read"]]) author: Author place: Place
      }
      type Secret @authenticated { text: String }
      type Author { name: String @policy(policies: [["p"]]) }
      union Found = Draft | Article | Secret
    `,
    resolvers: {
      Query: { posts: () => posts, titled: () => posts, found: () => [...posts, { __typename: "Secret", text: "s" }] },
    },
  });

describe("deferred fragments", () => {
  const query = "{ posts { id ... @defer { ... on Draft { title } } } }";

  /** Undefined: the answer came whole. */
  async function parts(who: Partial<Principal> | null) {
    const supergraphSdl = composeSubgraphs([blog()]);
    const settings = { logger: silentLogger, fetchTimeoutMs: 1_000, planCacheSize: 100, authorises: true };
    const opening = createGeneration({ ...settings, supergraphSdl, subgraphs: [blog()] });
    opened.push(opening);
    const principal = who === null ? null : { claims: {}, ...who };
    const context = { requestId: "r", headers: {}, principal, wantsCursor: false, scope: {} };
    const request = { document: parse(query), operationName: undefined, variables: undefined, context };
    const told = await (await opening).executeIncrementally(request);
    if (!(Symbol.asyncIterator in told)) return { whole: told };
    const all: unknown[] = [];
    for await (const part of told) all.push(part);
    return { all };
  }

  it("come later for who may have all of them", async () => {
    const { all = [] } = await parts({});
    expect(all.length).toBeGreaterThan(1);
    expect(JSON.stringify(all.slice(1))).toContain("Plans");
  });

  it("come with the rest, without what is denied, for others", async () => {
    const { whole } = await parts(null);
    expect(JSON.parse(JSON.stringify(whole?.data))).toEqual({ posts: [{ id: "1", title: null }, { id: "2" }] });
    expect(whole?.errors?.map(({ path, extensions }) => [path, extensions["code"]])).toEqual([
      [["posts", 0, "title"], "UNAUTHORIZED_FIELD_OR_TYPE"],
    ]);
  });
});

/** A composer that leaves interfaces alone. */
const withoutInterfaceConditions = (sdl: string): string =>
  sdl.replaceAll(/^interface [^{]*\{[^}]*\}/gm, (text) =>
    text.replaceAll(/ @(authenticated|requiresScopes\(.*?\]\))/g, ""),
  );

describe.each([
  ["whose composer gives interfaces the conditions of their types", (sdl: string) => sdl],
  ["whose composer does not", withoutInterfaceConditions],
])("in a graph %s", (_what, edit) => {
  const ask = openGraph([blog()], edit);

  it("a field of an interface needs what any type needs for it that can be there", async () => {
    expect(await ask("{ posts { title id } }")).toEqual({
      data: {
        posts: [
          { title: null, id: "1" },
          { title: null, id: "2" },
        ],
      },
      denied: ["posts.0.title", "posts.1.title"],
    });
    expect((await ask("{ posts { title body } }", {})).data).toEqual({
      posts: [
        { title: "Plans", body: null },
        { title: "News", body: null },
      ],
    });
  });

  it("a type condition leaves what is open to all of the other types", async () => {
    expect(await ask("{ posts { ... on Draft { title } ... on Article { title } } }")).toEqual({
      data: { posts: [{ title: null }, { title: "News" }] },
      denied: ["posts.0.title"],
    });
    // Asked for twice, a field is there for the types for which one of the two is allowed.
    expect((await ask("{ posts { title ... on Article { title } } }")).data).toEqual({
      posts: [{ title: null }, { title: "News" }],
    });
    expect((await ask("{ titled { ... on Post { ... on Article { title } } ... on Post { title } } }")).data).toEqual({
      titled: [{ title: null }, { title: "News" }],
    });
  });

  it("what is denied of a field stays so where another selection of it is allowed", async () => {
    expect(await ask("{ posts { place { x y } ... on Article { place { y } } } }")).toEqual({
      data: { posts: [{ place: null }, { place: { x: null, y: 4 } }] },
      denied: ["posts.0.place", "posts.1.place.x"],
    });
    const query = "{ posts { author { __typename name } ... on Article { author { __typename } } } }";
    expect((await ask(query)).data).toEqual({
      posts: [{ author: { __typename: "Author", name: null } }, { author: { __typename: "Author", name: null } }],
    });
  });
});

describe("a type with a condition among those of a union", () => {
  const ask = openGraph([blog()]);
  const query = "{ found { __typename ... on Secret { text } ... on Article { id } } }";

  it("has its fields for nobody who does not meet it", async () => {
    expect(await ask(query)).toEqual({
      data: {
        found: [{ __typename: "Draft" }, { __typename: "Article", id: "2" }, { __typename: "Secret", text: null }],
      },
      denied: ["found.2.text"],
    });
    expect((await ask(query, {})).denied).toEqual([]);
  });
});

describe("a type with a condition below an interface without one", () => {
  const ask = openGraph(
    [
      guardedSubgraph({
        name: "a",
        sdl: `type Query { nodes: [Node] }
              interface Node { id: ID }
              type Open implements Node { id: ID }
              type Closed implements Node @authenticated { id: ID more: Int }`,
        resolvers: {
          Query: {
            nodes: () => [
              { __typename: "Open", id: "o" },
              { __typename: "Closed", id: "c", more: 1 },
            ],
          },
        },
      }),
    ],
    (sdl) => sdl.replace(/interface Node (.*) @authenticated \{/, "interface Node $1 {"),
  );

  it("shows nothing of itself through it", async () => {
    expect((await ask("{ nodes { id } }")).data).toEqual({ nodes: [{ id: null }, { id: null }] });
    expect((await ask("{ nodes { ... on Closed { more } ... on Open { id } } }")).data).toEqual({
      nodes: [{ id: "o" }, { more: null }],
    });
    expect((await ask("{ nodes { id } }", {})).data).toEqual({ nodes: [{ id: "o" }, { id: "c" }] });
  });
});

describe("fields across subgraphs", () => {
  const prices = () =>
    guardedSubgraph({
      name: "prices",
      sdl: `type Query { items: [Item] }
            type Item @key(fields: "id") { id: ID! @authenticated name: String price: Int @authenticated size: Size }
            type Size { width: Int @requiresScopes(scopes: [["read"]]) }`,
      resolvers: { Query: { items: () => [{ id: "1", name: "Pen", price: 3, size: { width: 5 } }] } },
    });
  const shipping = () =>
    guardedSubgraph({
      name: "shipping",
      sdl: `type Item @key(fields: "id") {
              id: ID! price: Int @external size: Size @external
              fee: Int @requires(fields: "price") @authenticated
              box: Int @requires(fields: "size { width }") @requiresScopes(scopes: [["read"]])
              days: Int
            }
            type Size { width: Int @external }`,
      entities: {
        Item: ({ price, size }: { price?: number; size?: { width: number } }) => ({
          fee: (price ?? 0) * 2,
          box: size?.width,
          days: 4,
        }),
      },
    });
  const withoutOwnConditions = (sdl: string): string => sdl.replaceAll(/^(.*requires: .*\)) @.*$/gm, "$1");

  it("that are computed from what a client may not have are denied, too, though nothing is said of them", async () => {
    const ask = openGraph([prices(), shipping()], withoutOwnConditions);
    expect(await ask("{ items { name fee box days } }")).toEqual({
      data: { items: [{ name: "Pen", fee: null, box: null, days: 4 }] },
      denied: ["items.0.fee", "items.0.box"],
    });
    expect((await ask("{ items { fee box } }", { scopes: ["read"] })).data).toEqual({ items: [{ fee: 6, box: 5 }] });
  });

  it("are found by a key that the client may not have, and the key is not shown", async () => {
    const ask = openGraph([prices(), shipping()]);
    expect((await ask("{ items { id days } }")).data).toEqual({ items: [null] });
    expect((await ask("{ items { days } }")).data).toEqual({ items: [{ days: 4 }] });
    expect(await ask("{ items { days price: days key: id } }")).toMatchObject({ data: { items: [null] } });
  });
});

describe("a supergraph that calls the directives otherwise", () => {
  const plain = guardedSubgraph({
    name: "a",
    sdl: `type Query { a: Int @authenticated b: Int @requiresScopes(scopes: [["s"]]) c: Int @policy(policies: [["p"]]) d: Int }`,
    resolvers: { Query: { a: () => 1, b: () => 2, c: () => 3, d: () => 4 } },
  });
  const nothing = { data: { a: null, b: null, c: null, d: 4 } };

  it("by `as` is enforced", async () => {
    const renamed = (sdl: string): string =>
      sdl
        .replace(/(authenticated\/v0\.1",) for/, '$1 as: "login", for')
        .replace(/(requiresScopes\/v0\.1",) for/, '$1 as: "scoped", for')
        .replaceAll("@authenticated", "@login")
        .replaceAll("@requiresScopes", "@scoped");
    expect(await openGraph([plain], renamed)("{ a b c d }")).toMatchObject(nothing);
  });

  it("by an import is enforced", async () => {
    const renamed = (sdl: string): string =>
      sdl
        .replace(/(policy\/v0\.1",) for/, '$1 import: [{ name: "@policy", as: "@rule" }], for')
        .replaceAll("@policy", "@rule")
        .replace('"@rule", as', '"@policy", as');
    const ask = openGraph([plain], renamed);
    expect(await ask("{ a b c d }")).toMatchObject(nothing);
    expect((await ask("{ a b c }", { scopes: ["s"], policies: () => ["p"] })).data).toEqual({ a: 1, b: 2, c: 3 });
  });
});

describe("an interface object", () => {
  it("gives the types of its interface its conditions with its fields", async () => {
    const media = guardedSubgraph({
      name: "media",
      sdl: `type Query { all: [Media] book: Book }
            interface Media @key(fields: "id") { id: ID! }
            type Book implements Media @key(fields: "id") { id: ID! pages: Int }`,
      resolvers: { Query: { all: () => [{ __typename: "Book", id: "1", pages: 9 }], book: () => ({ id: "1" }) } },
    });
    const reviews = guardedSubgraph({
      name: "reviews",
      sdl: `type Media @interfaceObject @key(fields: "id") { id: ID! stars: Int @authenticated }`,
      entities: { Media: ({ id }: { id: string }) => ({ id, stars: 5 }) },
    });
    const ask = openGraph([media, reviews], (sdl) =>
      sdl.replace(/(type Book [^}]*stars: Int[^@\n]*(@join__field)?) @authenticated/, "$1"),
    );
    for (const query of ["{ all { stars } }", "{ all { ... on Book { stars } } }", "{ book { stars } }"]) {
      expect(JSON.stringify((await ask(query)).data)).toContain('"stars":null');
      expect(JSON.stringify((await ask(query, {})).data)).toContain('"stars":5');
    }
  });
});
