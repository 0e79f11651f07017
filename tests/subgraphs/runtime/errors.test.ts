/** What clients see of errors, and what is refused at the start. */
import { describe, expect, it } from "@jest/globals";
import { OnefoldError } from "../../../schema/errors.ts";
import { resolvers } from "../../../subgraphs/consumer/resolvers.ts";
import {
  fromCounters,
  type DomainResolvers,
  type ResolverParent,
} from "../../../subgraphs/runtime/domain-resolvers.ts";
import { compileSamples, createWorld } from "../sample-platform.ts";

const query = '{ consumer(id: "1") { views } }';

describe("an error", () => {
  it("that nobody expected is logged and masked, with the request's id", async () => {
    const identity = { resolve: () => Promise.reject(new Error("connect ECONNREFUSED 10.0.0.7:6379")) };
    const world = await createWorld({ identity });
    const result = await world.run("consumer", query);
    expect(JSON.stringify(result)).not.toContain("10.0.0.7");
    expect(result).toMatchObject({
      data: { consumer: null },
      errors: [{ path: ["consumer"], extensions: { code: "INTERNAL", requestId: "r1" } }],
    });
    expect(world.logged).toEqual(["connect ECONNREFUSED 10.0.0.7:6379"]);
  });

  it("of a store keeps its code and shows the catalogue's words", async () => {
    const error = new OnefoldError("STORE_UNAVAILABLE", "/var/data/state.mdb: bad checksum in page 7");
    const world = await createWorld({ identity: { resolve: () => Promise.reject(error) } });
    const result = await world.run("consumer", query);
    expect(result.errors).toMatchObject([{ extensions: { code: "STORE_UNAVAILABLE" } }]);
    expect(JSON.stringify(result)).not.toContain("/var/data");
    expect(world.logged).toHaveLength(1);
  });

  it("of the request itself is told as it is", async () => {
    const world = await createWorld();
    for (const text of [
      "{ nothing }",
      '{ consumer(id: "1") { nothing } }',
      "query ($id: ID!) { consumer(id: $id) { id } }",
    ]) {
      const result = await world.run("consumer", text);
      expect(result.errors).toMatchObject([{ extensions: { code: "INPUT_INVALID" } }]);
    }
    expect(world.logged).toEqual([]);
  });

  it("of one entity type leaves the others' answers", async () => {
    const identity = {
      resolve: async (entity: string, ids: readonly string[]) => {
        if (entity === "Shop") throw new Error("no");
        return ids.map((id) => ({ canonical: id, members: [id] }));
      },
    };
    const world = await createWorld({ identity });
    const result = await world.run("enterprise", '{ shop(id: "1") { id } item(id: "1") { id } }');
    expect(result.data).toEqual({ shop: null, item: null });
    expect(result.errors?.map(({ path }) => path)).toEqual([["shop"]]);
  });
});

describe("hand-written resolvers", () => {
  const consumer = (fields: DomainResolvers[string]): Promise<unknown> =>
    createWorld({ resolvers: { consumer: { Consumer: fields } } });
  const constant = { resolve: () => 0 };

  it("that are missing are named at the start, with the file to write", async () => {
    await expect(createWorld({ resolvers: {} })).rejects.toMatchObject({
      code: "DECLARATION_INVALID",
      message: expect.stringContaining("Consumer.buyingIntent"),
      remedy: expect.stringContaining("subgraphs/consumer/resolvers.ts"),
    });
  });

  it("that no field is declared for are refused", async () => {
    await expect(consumer({ buyingIntent: constant, height: constant })).rejects.toThrow("Consumer.height");
  });

  it("read other entities in the same batch as the rest of the request", async () => {
    const world = await createWorld({
      resolvers: {
        consumer: {
          Consumer: {
            buyingIntent: {
              async resolve({ __typename, id }, _args, context) {
                const own = await context.entity(__typename).load(id, ["views", "purchases"]);
                const other = await context.entity("Consumer").load("never", ["views"]);
                return other === null ? Number(own?.views) + 0.5 : 0;
              },
            },
          },
        },
      },
    });
    await world.apply("events.user-behavior", [
      { entity: "Consumer", key: "member:1", mutations: [{ field: "views", operation: "add", amount: 2 }] },
    ]);
    const result = await world.run("consumer", '{ consumer(id: "1") { buyingIntent } }');
    expect(result).toEqual({ data: { consumer: { buyingIntent: 2.5 } } });
  });

  it("get what another subgraph gave for @requires", async () => {
    const text = `
      extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@external", "@requires"])
        @domain(name: "stock", owner: "a@example.com")
      type Item @key(fields: "id") {
        id: ID!
        price: Decimal @external
        expensive: Boolean! @requires(fields: "price")
      }`;
    const platform = compileSamples([{ file: "schema/stock.graphql", text }]);
    const expensive = { resolve: (parent: ResolverParent) => Number(parent.given("price")) > 100 };
    const world = await createWorld({ platform, resolvers: { consumer: resolvers, stock: { Item: { expensive } } } });
    const query = "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Item { expensive } } }";
    const variables = { r: [{ __typename: "Item", id: "1", price: "120.00" }] };
    expect(await world.run("stock", query, { variables })).toEqual({ data: { _entities: [{ expensive: true }] } });
  });

  it("from counters are told of a field that is none", async () => {
    const buyingIntent = fromCounters(["views", "hair"], () => 0);
    const world = await createWorld({ resolvers: { consumer: { Consumer: { buyingIntent } } } });
    await world.apply("events.user-behavior", [{ entity: "Consumer", key: "member:1", mutations: [] }]);
    const result = await world.run("consumer", '{ consumer(id: "1") { buyingIntent } }');
    expect(result.errors).toMatchObject([{ extensions: { code: "INTERNAL" } }]);
    expect(world.logged).toEqual(["Consumer.hair is no state field."]);
  });
});
