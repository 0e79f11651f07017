/** Plan features that ordinary joins do not need: interface objects, required arguments, rewrites, conditions. */
import { describe, expect, it } from "@jest/globals";
import { compilePlan, type CompilerDeps } from "../../../gateway/execution/compile-plan.ts";
import { JoinedData } from "../../../gateway/execution/joined-data.ts";
import { PlaceTree } from "../../../gateway/execution/place-tree.ts";
import { createState } from "../../../gateway/execution/execute-operation.ts";
import { compileRewrites } from "../../../gateway/execution/rewrites.ts";
import { readSupergraphTypes } from "../../../gateway/supergraph-types.ts";
import { openGateway } from "../fixtures/gateway-client.ts";
import { inMemorySubgraph } from "../fixtures/in-memory-subgraph.ts";

/** `interfaceOwner`: the name of the subgraph that knows the types behind the interface. */
const library = (interfaceOwner = "archive") => {
  const media = [
    { __typename: "Book", id: "b1", title: "Dune", pages: 600 },
    { __typename: "Film", id: "f1", title: "Alien", minutes: 117 },
  ];
  const animals = [
    { __typename: "Cat", age: 3, owner: { id: "o1" } },
    { __typename: "Dog", age: "old", owner: [{ id: "o1" }, { id: "o2" }] },
  ];
  const shelf = inMemorySubgraph({
    name: interfaceOwner,
    sdl: `
      type Query { media: [Media!]! book: Book animals: [Animal] crate: Crate }
      interface Media @key(fields: "id") { id: ID! title: String! }
      type Book implements Media @key(fields: "id") { id: ID! title: String! pages: Int }
      type Film implements Media @key(fields: "id") { id: ID! title: String! minutes: Int }
      union Animal = Cat | Dog
      type Cat { age: Int owner: Owner }
      type Dog { age: String! owner: [Owner] }
      type Owner @key(fields: "id") { id: ID! }
      type Crate @key(fields: "id") { id: ID! price(in: String): Int labels: [Label!] }
      type Label { text: String! size: Int }
    `,
    resolvers: {
      Query: {
        media: () => media,
        book: () => media[0],
        animals: () => animals,
        crate: () => ({
          id: "c1",
          labels: [
            { text: "a", size: 1 },
            { text: "b", size: 2 },
          ],
        }),
      },
      Crate: { price: (_source: object, args: { in?: string }) => (args.in === "USD" ? 100 : 90) },
    },
    entities: { Media: ({ id }: { id: string }) => media.find((one) => one.id === id) ?? null },
  });
  const ratings = inMemorySubgraph({
    name: "ratings",
    sdl: `
      type Query { rated: [Media!]! }
      type Media @interfaceObject @key(fields: "id") { id: ID! rating: Int }
      type Owner @key(fields: "id") { id: ID! phone: String }
      type Label { text: String! @external }
      type Crate @key(fields: "id") {
        id: ID! price(in: String): Int @external labels: [Label!] @external
        shipping(days: Int): String @requires(fields: "price(in: \\"USD\\") labels { text }")
      }
    `,
    resolvers: {
      Query: { rated: () => [{ id: "f1" }, { id: "b1" }] },
      Media: { rating: ({ id }: { id: string }) => (id === "b1" ? 5 : 4) },
      Owner: { phone: ({ id }: { id: string }) => `phone of ${id}` },
      Crate: {
        shipping: ({ price, labels }: { price: number; labels: object[] }, { days }: { days?: number }) =>
          `${price} ${JSON.stringify(labels)} in ${days ?? 1}`,
      },
    },
  });
  return { subgraphs: [shelf, ratings], ratings };
};

describe("an interface object", () => {
  it("gets its fields for every type of the interface, and is known by the interface's name", async () => {
    const { subgraphs, ratings } = library();
    await using gateway = await openGateway({ subgraphs });
    expect(await gateway.ask("{ media { __typename title rating } book { rating } }")).toEqual({
      data: {
        media: [
          { __typename: "Book", title: "Dune", rating: 5 },
          { __typename: "Film", title: "Alien", rating: 4 },
        ],
        book: { rating: 5 },
      },
    });
    expect(JSON.stringify(ratings.requests.map((request) => request.variables))).not.toMatch(/Book|Film/);
  });

  it("is asked for its type where the type matters, and only there", async () => {
    const { subgraphs } = library();
    await using gateway = await openGateway({ subgraphs });
    expect(await gateway.ask("{ rated { rating } }")).toEqual({ data: { rated: [{ rating: 4 }, { rating: 5 }] } });
    expect(await gateway.ask("{ rated { rating title kind: __typename ... on Book { pages } } }")).toEqual({
      data: {
        rated: [
          { rating: 4, title: "Alien", kind: "Film" },
          { rating: 5, title: "Dune", kind: "Book", pages: 600 },
        ],
      },
    });
  });

  it("does not depend on the subgraphs' names", async () => {
    await using gateway = await openGateway({ subgraphs: library("shelf").subgraphs });
    expect(await gateway.ask("{ rated { ... on Book { pages } } }")).toEqual({ data: { rated: [{}, { pages: 600 }] } });
  });
});

describe("@requires", () => {
  it("takes arguments and lists of objects, beside the client's own arguments of the same field", async () => {
    await using gateway = await openGateway(library());
    const query = '{ crate { price(in: "EUR") labels { size } x: shipping(days: 2) y: shipping } }';
    expect(await gateway.ask(query)).toEqual({
      data: {
        crate: {
          price: 90,
          labels: [{ size: 1 }, { size: 2 }],
          x: '100 [{"text":"a"},{"text":"b"}] in 2',
          y: '100 [{"text":"a"},{"text":"b"}] in 1',
        },
      },
    });
  });
});

describe("fields of one name and several types", () => {
  it("are told apart in the subgraph's answer, and their entities are joined together", async () => {
    await using gateway = await openGateway(library());
    const query = "{ animals { ... on Cat { a: age owner { phone } } ... on Dog { b: age owners: owner { phone } } } }";
    expect(await gateway.ask(query)).toEqual({
      data: {
        animals: [
          { a: 3, owner: { phone: "phone of o1" } },
          { b: "old", owners: [{ phone: "phone of o1" }, { phone: "phone of o2" }] },
        ],
      },
    });
  });
});

describe("rewrites", () => {
  const types = readSupergraphTypes("interface I { x: Int } type A implements I { x: Int } type B { x: Int }");

  it("rename keys and set values along a path, through lists, where the type is right, without touching the original", () => {
    const rewrite = compileRewrites(
      [
        { KeyRenamer: { path: [{ Key: "list" }, { TypenameEquals: ["I"] }, { Key: "_x" }], renameKeyTo: "x" } },
        { ValueSetter: { path: [{ Key: "list" }, { TypenameEquals: ["B"] }, { Key: "__typename" }], setValueTo: "C" } },
        { kind: "ValueSetter", path: [{ Key: "top" }], setValueTo: "set" },
      ],
      types,
    );
    const original = { list: [[{ __typename: "A", _x: 1 }], { __typename: "B", _x: 2 }, null], top: "was" };
    const before = structuredClone(original);
    expect(rewrite?.(original)).toEqual({
      list: [[{ __typename: "A", x: 1 }], { __typename: "C", _x: 2 }, null],
      top: "set",
    });
    expect(original).toEqual(before);
  });
});

describe("a condition in a plan", () => {
  it.each([
    [true, ["yes"]],
    [false, ["no"]],
    [undefined, ["no"]],
  ])("%s chooses its branch", async (value, expected) => {
    const asked: string[] = [];
    const sdl = "type Query { a: Int }";
    const deps: CompilerDeps = {
      types: readSupergraphTypes(sdl),
      transportOf: (name) => inMemorySubgraph({ name, sdl }),
      callSubgraph: async (_state, call) => {
        asked.push(call.transport.name);
        return { data: {}, errors: [] };
      },
    };
    const fetch = (serviceName: string) => ({ kind: "Fetch", serviceName, operation: "{ a }" }) as const;
    const condition = { kind: "Condition", condition: "v", ifClause: fetch("yes"), elseClause: fetch("no") } as const;
    const places = new PlaceTree();
    const compiled = compilePlan(condition, { ...deps, places });
    const context = { requestId: "r", headers: {}, wantsCursor: false, scope: {} };
    const data = new JoinedData(places.slots, () => true);
    const state = createState({ data, variables: { v: value }, context, signal: undefined, writes: false });
    await compiled.run(state);
    expect(asked).toEqual(expected);
  });
});
