/** Looking entities up: never seen and without events, references, interfaces, batching, identity, cursors. */
import { describe, expect, it } from "@jest/globals";
import { graphIdFromKey, identifierKey } from "../../../schema/model/entity-key.ts";
import type { IdentityStore } from "../../../stores/ports/identity-store.ts";
import { extremeBytes, latestBytes } from "../../../stores/ports/model-values.ts";
import type { Mutation } from "../../../stores/ports/state-value.ts";
import { add, createWorld, eventModel, requestContext, standardEvent, type World } from "../sample-platform.ts";

const behaviors = "events.user-behavior";
const orders = "events.orders";

function latest(world: World, field: string, event: string, value: string): Mutation {
  const model = eventModel(world.platform, event);
  const bytes = latestBytes(standardEvent(model, { ts: 1000 }, { id: "e" }), value);
  return { field, operation: "greatest", bytes };
}

describe("an entity looked up by id", () => {
  it("is null if no event ever named it", async () => {
    const world = await createWorld();
    expect(await world.run("consumer", '{ consumer(id: "1") { id views } }')).toEqual({ data: { consumer: null } });
  });

  it("has 0 for counters without events and null for attributes", async () => {
    const world = await createWorld();
    await world.apply(behaviors, [{ entity: "Consumer", key: "member:1", mutations: [] }]);
    const query =
      '{ consumer(id: "1") { id views viewsLastDay city lastSeenAt lastBehavior recent { edges { cursor } } } }';
    expect((await world.run("consumer", query)).data).toEqual({
      consumer: {
        id: "1",
        views: 0,
        viewsLastDay: 0,
        city: null,
        lastSeenAt: null,
        lastBehavior: null,
        recent: { edges: [] },
      },
    });
  });

  it("exists as soon as any domain's event named it, even where only its id is asked for", async () => {
    const world = await createWorld();
    await world.apply(orders, [{ entity: "Consumer", key: "member:1", mutations: [add("orders", 1)] }]);
    expect((await world.run("consumer", '{ consumer(id: "1") { id } }')).data).toEqual({ consumer: { id: "1" } });
  });

  it("writes counts beyond 2^53 as digits, decimals with their scale, and times with milliseconds", async () => {
    const world = await createWorld();
    const bytes = extremeBytes("max", Date.UTC(2017, 10, 26, 1));
    await world.apply(behaviors, [
      {
        entity: "Consumer",
        key: "member:1",
        mutations: [
          add("views", 2n ** 60n),
          add("spent", 120_050),
          { field: "lastSeenAt", operation: "greatest", bytes },
        ],
      },
    ]);
    expect((await world.run("consumer", '{ consumer(id: "1") { views lastSeenAt } }')).data).toEqual({
      consumer: { views: "1152921504606846976", lastSeenAt: "2017-11-26T01:00:00.000Z" },
    });
    const query = "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Consumer { spent } } }";
    const variables = { r: [{ __typename: "Consumer", id: "1" }] };
    expect((await world.run("enterprise", query, { variables })).data).toEqual({ _entities: [{ spent: "1200.50" }] });
  });

  it("is found under another identifier type", async () => {
    const world = await createWorld();
    await world.apply(behaviors, [{ entity: "Consumer", key: "device:d1", mutations: [add("views", 2)] }]);
    expect((await world.run("consumer", '{ consumer(id: "device:d1") { id views } }')).data).toEqual({
      consumer: { id: "device:d1", views: 2 },
    });
  });
});

describe("a reference", () => {
  it("resolves whether or not the entity was ever seen", async () => {
    const world = await createWorld();
    await world.apply(behaviors, [{ entity: "Item", key: "item:1", mutations: [add("views", 7)] }]);
    const query =
      "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Item { id views title } ... on Consumer { orders } } }";
    const variables = {
      r: [
        { __typename: "Item", id: "1" },
        { __typename: "Item", id: "2" },
        { __typename: "Consumer", id: "3" },
      ],
    };
    expect((await world.run("enterprise", query, { variables })).data).toEqual({
      _entities: [{ id: "1", views: 7, title: null }, { id: "2", views: 0, title: null }, { orders: 0 }],
    });
  });

  it("of one entity's field leads to another entity, or to null where nothing is known", async () => {
    const world = await createWorld();
    await world.apply("events.item-listings", [
      { entity: "Item", key: "item:1", mutations: [latest(world, "shop", "ItemListed", "s9")] },
      { entity: "Item", key: "item:2", mutations: [] },
      { entity: "Shop", key: "shop:s9", mutations: [add("orders", 4)] },
    ]);
    const query = '{ a: item(id: "1") { shop { id orders } } b: item(id: "2") { shop { id } } }';
    expect((await world.run("enterprise", query)).data).toEqual({
      a: { shop: { id: "s9", orders: 4 } },
      b: { shop: null },
    });
  });
});

describe("an interface entity", () => {
  const published = async (): Promise<World> => {
    const world = await createWorld();
    const kind = (value: string): Mutation => latest(world, "kind", "ContentPublished", value);
    await world.apply("events.content-published", [
      { entity: "Content", key: "content:1", mutations: [kind("VIDEO"), add("secondsWatched", 30)] },
      { entity: "Content", key: "content:2", mutations: [kind("LIVESTREAM")] },
      { entity: "Content", key: "content:3", mutations: [add("likes", 1)] },
      { entity: "Item", key: "item:5", mutations: [latest(world, "latestContent", "ContentPublished", "1")] },
      { entity: "Item", key: "item:6", mutations: [latest(world, "latestContent", "ContentPublished", "3")] },
    ]);
    return world;
  };

  it("is of the concrete type that its kind names, and null while nobody knows", async () => {
    const world = await published();
    const query = `{
      a: content(id: "1") { __typename id likes ... on Video { secondsWatched } }
      b: content(id: "2") { __typename ... on Livestream { audience } }
      c: content(id: "3") { __typename likes }
      d: content(id: "4") { __typename }
    }`;
    expect((await world.run("content", query)).data).toEqual({
      a: { __typename: "Video", id: "1", likes: 0, secondsWatched: 30 },
      b: { __typename: "Livestream", audience: 0 },
      c: null,
      d: null,
    });
    expect(world.calls.reads).toHaveLength(1);
  });

  it("is reached by a reference, and null where its type is unknown", async () => {
    const world = await published();
    const query =
      "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Item { latestContent { __typename id } } ... on Article { likes } } }";
    const variables = {
      r: [
        { __typename: "Item", id: "5" },
        { __typename: "Item", id: "6" },
        { __typename: "Article", id: "3" },
      ],
    };
    expect((await world.run("content", query, { variables })).data).toEqual({
      _entities: [{ latestContent: { __typename: "Video", id: "1" } }, { latestContent: null }, { likes: 1 }],
    });
  });
});

describe("reads of one request", () => {
  it("are one read an entity type, of the union of the fields asked for", async () => {
    const world = await createWorld();
    const ids = Array.from({ length: 50 }, (_, i) => `${i}`);
    await world.apply(
      behaviors,
      ids.map((id) => ({ entity: "Item", key: `item:${id}`, mutations: [add("views", 1)] })),
    );
    const fields = ids.map((id, i) => `f${i}: item(id: "${id}") { ${i % 2 === 0 ? "views" : "carts title"} }`);
    const result = await world.run("enterprise", `{ ${fields.join(" ")} }`);
    expect(result.errors).toBeUndefined();
    expect(world.calls.reads).toHaveLength(1);
    expect(world.calls.reads[0]?.fields).toEqual(["views", "carts", "title"]);
    expect(world.calls.reads[0]?.keys).toHaveLength(50);
    expect(world.calls.resolved).toHaveLength(1);
  });

  it("are shared by all subgraphs, and stay at the generation and instant that the first of them saw", async () => {
    let generation = 1;
    const world = await createWorld({ generation: () => generation });
    const context = requestContext();
    const variables = { r: [{ __typename: "Consumer", id: "1" }] };
    const query = "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Consumer { orders } } }";
    const first = world.run("consumer", '{ consumer(id: "1") { views } }', { context });
    const second = world.run("enterprise", query, { variables, context });
    generation = 2;
    await Promise.all([first, second]);
    expect(world.calls.reads).toHaveLength(1);
    await world.run("enterprise", query.replace("orders", "spent"), { variables, context });
    expect(world.calls.reads.map((read) => read.generation)).toEqual([1, 1]);
  });

  it("include what a hand-written field requires", async () => {
    const world = await createWorld();
    const mutations = [add("views", 10), add("carts", 5), add("purchases", 1)];
    await world.apply(behaviors, [{ entity: "Consumer", key: "member:1", mutations }]);
    const result = await world.run("consumer", '{ consumer(id: "1") { buyingIntent } }');
    expect(result.data).toEqual({ consumer: { buyingIntent: 0.5 } });
    expect(world.calls.reads).toHaveLength(1);
    expect(world.calls.reads[0]?.fields).toEqual(["carts", "favourites", "purchases", "views"]);
  });

  it("see through fragments, and only those that can hold", async () => {
    const world = await createWorld();
    const query = `
      query ($r: [_Any!]!) { _entities(representations: $r) { ...C ... on Item { views } } }
      fragment C on Consumer { ...D } fragment D on Consumer { orders }`;
    await world.run("enterprise", query, { variables: { r: [{ __typename: "Consumer", id: "1" }] } });
    expect(world.calls.reads.map(({ fields }) => fields)).toEqual([["orders"]]);
  });
});

describe("identity", () => {
  /** One person: member 1, member 2 and device d. */
  const members = ["member:1", "member:2", "device:d"];
  const identity: Pick<IdentityStore, "resolve"> = {
    resolve: async (_entity, ids) =>
      ids.map((id) => (members.includes(id) ? { canonical: "member:1", members } : { canonical: id, members: [id] })),
  };

  it("combines the members' values and answers with the canonical id, under any identifier", async () => {
    const world = await createWorld({ identity });
    await world.apply(behaviors, [
      { entity: "Consumer", key: "member:1", mutations: [add("views", 1)] },
      { entity: "Consumer", key: "member:2", mutations: [add("views", 10)] },
      { entity: "Consumer", key: "device:d", mutations: [add("views", 100), add("carts", 1)] },
    ]);
    const query =
      '{ a: consumer(id: "2") { id views } b: consumer(id: "device:d") { id carts } c: consumer(id: "3") { id } }';
    expect((await world.run("consumer", query)).data).toEqual({
      a: { id: "1", views: 111 },
      b: { id: "1", carts: 1 },
      c: null,
    });
    expect(world.calls.reads).toHaveLength(1);
    const types = [{ type: "member" }, { type: "device" }];
    expect(graphIdFromKey(identifierKey("device", "d"), types)).toBe("device:d");
  });
});

describe("an answer's cursor", () => {
  const context = { wantsCursor: true };

  it("names only the topics behind the fields read", async () => {
    const world = await createWorld();
    await world.apply(behaviors, [{ entity: "Consumer", key: "member:1", mutations: [add("views", 1)] }]);
    await world.apply(orders, []);
    const result = await world.run("consumer", '{ consumer(id: "1") { views } }', { context });
    expect(result.cursor).toEqual({ [`${behaviors}/0`]: 1 });
  });

  it("names all topics that could have named an entity which was never seen", async () => {
    const world = await createWorld();
    await world.apply(behaviors, []);
    await world.apply(orders, [], 1);
    const result = await world.run("consumer", '{ consumer(id: "1") { views } }', { context });
    expect(result.cursor).toEqual({ [`${behaviors}/0`]: 1, [`${orders}/1`]: 1 });
  });

  it("is the least of what the state and the series include, where a series that includes nothing counts as 0", async () => {
    const world = await createWorld();
    for (let i = 0; i < 5; i++) await world.apply(behaviors, [{ entity: "Consumer", key: "member:1", mutations: [] }]);
    const query = '{ consumer(id: "1") { views activity(every: DAY, from: "2017-11-25T00:00:00Z") { bucket } } }';
    expect((await world.run("consumer", query, { context })).cursor).toEqual({ [`${behaviors}/0`]: 0 });
    await world.series.write({ generation: 1, rows: [], fences: { [`${behaviors}/0`]: 3, [`${orders}/0`]: 9 } });
    expect((await world.run("consumer", query, { context })).cursor).toEqual({ [`${behaviors}/0`]: 3 });
  });

  it("is left out where nobody asked for it", async () => {
    const world = await createWorld();
    expect(await world.run("consumer", '{ consumer(id: "1") { views } }')).not.toHaveProperty("cursor");
  });
});
