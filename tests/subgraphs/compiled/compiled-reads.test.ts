/** What compiled reads hand to graphql-js, and what is written by hand in the middle of them. */
import { describe, expect, it } from "@jest/globals";
import { parse, type GraphQLResolveInfo } from "graphql";
import { resolvers } from "../../../subgraphs/consumer/resolvers.ts";
import type { DomainResolvers, ResolverParent } from "../../../subgraphs/runtime/domain-resolvers.ts";
import type { SubgraphResult } from "../../../subgraphs/subgraph.ts";
import { compileSamples, requestContext, type World } from "../sample-platform.ts";
import { createFilledWorld } from "./filled-world.ts";

const link = '@link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@external", "@requires"])';

/** A domain with fields of many kinds that are written by hand. */
const byHand = `
  extend schema ${link} @domain(name: "hand", owner: "a@example.com")
  type Place { city: String! zip(country: String! = "NL"): String near: [Place!] }
  type Consumer @key(fields: "id") { id: ID! soon: Int! home: Place where: String broken: Int lucky: Int! }`;

async function handWorld(fields: DomainResolvers[string], compiledReads = true): Promise<World> {
  const platform = compileSamples([{ file: "schema/hand.graphql", text: byHand }]);
  const nothing = { resolve: () => null };
  const Consumer = { soon: nothing, home: nothing, where: nothing, broken: nothing, lucky: nothing, ...fields };
  return createFilledWorld({ platform, resolvers: { consumer: resolvers, hand: { Consumer } }, compiledReads });
}

const asked = {
  variables: {
    r: [
      { __typename: "Consumer", id: "1" },
      { __typename: "Consumer", id: "2" },
    ],
  },
};

function ask(world: World, fields: string): Promise<SubgraphResult> {
  const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Consumer { ${fields} } } }`;
  return world.run("hand", query, asked);
}

describe("a field by hand among compiled reads", () => {
  it("may take its time", async () => {
    const world = await handWorld({
      soon: { resolve: ({ id }) => new Promise((done) => setTimeout(done, 5, Number(id))) },
    });
    expect(await ask(world, "id soon")).toEqual({
      data: {
        _entities: [
          { id: "1", soon: 1 },
          { id: "2", soon: 2 },
        ],
      },
    });
  });

  it("may give objects of types of its own, whose fields resolve by themselves", async () => {
    const home = {
      city: () => Promise.resolve("Leiden"),
      zip: ({ country }: { country: string }) => `2311 ${country}`,
      near: [{ city: "Delft" }, Promise.resolve({ city: "Gouda" })],
    };
    const world = await handWorld({ home: { resolve: () => home } });
    const fields = 'home { __typename city zip be: zip(country: "BE") near { city near { city } } }';
    const near = [
      { city: "Delft", near: null },
      { city: "Gouda", near: null },
    ];
    const expected = { home: { __typename: "Place", city: "Leiden", zip: "2311 NL", be: "2311 BE", near } };
    expect(await ask(world, fields)).toEqual({ data: { _entities: [expected, expected] } });
  });

  it("may want to know its path: then graphql-js answers", async () => {
    const where = {
      resolve: (_parent: ResolverParent, _args: unknown, _context: unknown, info: GraphQLResolveInfo) =>
        `${info.parentType.name} ${info.fieldName} ${String(info.path.prev?.key)}`,
    };
    const world = await handWorld({ where });
    const expected = [{ where: "Consumer where 0" }, { where: "Consumer where 1" }];
    expect(await ask(world, "where")).toEqual({ data: { _entities: expected } });
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("no");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no"))],
    ["gives an error", () => new Error("no")],
    ["gives what does not fit", () => "many"],
  ])("that %s fails alone, and is asked for no store read twice", async (_how, resolve) => {
    const fields = "id broken";
    const world = await handWorld({ broken: { resolve } });
    const interpreted = await handWorld({ broken: { resolve } }, false);
    const answer = await ask(world, fields);
    expect(answer.errors).toHaveLength(2);
    expect(answer).toEqual(await ask(interpreted, fields));
    expect(world.calls.resolved).toEqual(interpreted.calls.resolved);
  });

  it("that is null and may not be takes its entity with it", async () => {
    const world = await handWorld({ lucky: { resolve: ({ id }) => (id === "1" ? 7 : null) } });
    const answer = await ask(world, "id lucky");
    expect(answer.data).toEqual({ _entities: [{ id: "1", lucky: 7 }, null] });
    expect(answer.errors?.map(({ path }) => path)).toEqual([["_entities", 1, "lucky"]]);
  });
});

describe("an operation", () => {
  it("whose keys are names of JavaScript's own is answered all the same", async () => {
    const world = await createFilledWorld();
    const query = '{ __proto__: consumer(id: "1") { constructor: views toString: id __proto__: carts } }';
    const { data, errors } = await world.run("consumer", query);
    expect(errors).toBeUndefined();
    expect(JSON.stringify(data)).toBe(
      '{"__proto__":{"constructor":7,"toString":"1","__proto__":"1152921504606846976"}}',
    );
  });

  it("is chosen by its name, and none by an empty one", async () => {
    const world = await createFilledWorld();
    const document = parse('query A { consumer(id: "1") { views } } query B { consumer(id: "none") { views } }');
    const run = (operationName?: string) =>
      world.subgraphs["consumer"]?.execute({
        document,
        variables: {},
        context: requestContext(),
        ...(operationName !== undefined && { operationName }),
      });
    expect(await run("A")).toEqual({ data: { consumer: { views: 7 } } });
    expect(await run("B")).toEqual({ data: { consumer: null } });
    for (const name of ["", "C", undefined]) expect((await run(name))?.errors).toHaveLength(1);
  });

  it("with more conditions than are compiled is answered for each combination", async () => {
    const world = await createFilledWorld();
    const names = ["a", "b", "c", "d", "e"];
    const fields = names.map((name) => `${name}: views @include(if: $${name})`).join(" ");
    const head = names.map((name) => `$${name}: Boolean!`).join(", ");
    const document = parse(`query (${head}) { consumer(id: "1") { id ${fields} } }`);
    for (let bits = 0; bits < 32; bits++) {
      const variables = Object.fromEntries(names.map((name, i) => [name, ((bits >> i) & 1) === 1]));
      const result = await world.subgraphs["consumer"]?.execute({ document, variables, context: requestContext() });
      const included = names.filter((name) => variables[name]).map((name) => [name, 7]);
      expect(result).toEqual({ data: { consumer: { id: "1", ...Object.fromEntries(included) } } });
    }
  });
});

describe("references", () => {
  it("of which one fails and a later one has an unknown type are refused together, and end nothing", async () => {
    for (const compiledReads of [true, false]) {
      const world = await createFilledWorld({ compiledReads });
      const query = "query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }";
      for (const last of [{ __typename: "Nothing", id: "1" }, { id: "1" }, "Consumer"]) {
        const variables = { r: [{ __typename: "Consumer" }, last] };
        const result = await world.run("consumer", query, { variables });
        expect(result.errors).toMatchObject([{ path: ["_entities"], extensions: { code: "INPUT_INVALID" } }]);
      }
    }
  });
});
