/** What the three sample domains compile to. */
import { describe, expect, it } from "@jest/globals";
import { expressionText } from "../../../schema/expression/expression-text.ts";
import type { EntityModel, MetricField } from "../../../schema/model/entity.ts";
import { compileSound, sampleTexts } from "./sample-domains.ts";

const platform = compileSound(sampleTexts);

function entity(name: string): EntityModel {
  const found = platform.entities.find((one) => one.name === name);
  if (found === undefined) throw new Error(`No entity ${name}`);
  return found;
}

function metricField(of: string, name: string): MetricField {
  const found = entity(of).fields.find((field) => field.name === name);
  if (found?.kind !== "metric") throw new Error(`No metric ${of}.${name}`);
  return found;
}

describe("the sample domains", () => {
  it("have their owners and sources", () => {
    expect(platform.domains.map(({ name, owner, file }) => [name, owner, file])).toEqual([
      ["consumer", "consumer-data@example.com", "consumer.graphql"],
      ["content", "content-data@example.com", "content.graphql"],
      ["enterprise", "commerce-data@example.com", "enterprise.graphql"],
    ]);
    expect(platform.sources[0]).toEqual({
      name: "user-behavior",
      domain: "consumer",
      topic: "events.user-behavior",
      quarantineTopic: "quarantine.user-behavior",
      csvColumns: ["user_id", "item_id", "category_id", "behavior", "unix_seconds"],
      fileFormat: "csv",
      description: "Page views, carts, favourites and purchases from the shop's pages and apps.",
    });
    expect(platform.sources.slice(1).map(({ name, csvColumns, fileFormat }) => [name, csvColumns, fileFormat])).toEqual(
      [
        "member-registrations",
        "content-published",
        "engagement",
        "shop-openings",
        "item-listings",
        "orders",
        "payments",
      ].map((name) => [name, null, "json"]),
    );
  });

  it("standardise a page view", () => {
    const [event] = platform.events;
    expect({ ...event, fields: [] }).toEqual({
      name: "UserBehavior",
      domain: "consumer",
      description: "What people do with items. One line per page view, cart, favourite or purchase.",
      source: "user-behavior",
      topic: "events.user-behavior",
      match: [],
      fields: [],
      idField: 0,
      keyField: 1,
      timeField: 6,
      latenessMs: 3_600_000,
      futureMs: 600_000,
      assertions: [],
      identifiers: [
        { entity: "Consumer", type: "member", field: 1 },
        { entity: "Item", type: "item", field: 2 },
        { entity: "Consumer", type: "device", field: 5 },
      ],
      references: [{ name: "item", by: 2, entity: "Item", nullable: false }],
    });
    expect(event?.fields.map(({ name, index }) => [name, index])).toEqual(
      ["eventId", "userId", "itemId", "categoryId", "behavior", "deviceId", "ts"].map((name, i) => [name, i]),
    );
    expect(event?.fields[6]).toEqual({
      name: "ts",
      index: 6,
      type: { kind: "dateTime" },
      list: false,
      nullable: false,
      description: null,
      path: ["unix_seconds"],
      defaultValue: undefined,
      timeUnit: "seconds",
      map: null,
      normalize: [],
      assertions: [{ kind: "min", rule: "UserBehavior.ts:min", bound: Date.UTC(2000, 0) }],
    });
  });

  it("read defaults, normalisers, bounds and conditions in standard units", () => {
    const field = (event: string, name: string): unknown =>
      platform.events.find((one) => one.name === event)?.fields.find((one) => one.name === name);
    expect(field("MemberRegistered", "channel")).toMatchObject({ normalize: ["lowercase"], defaultValue: "web" });
    expect(field("ItemListed", "title")).toMatchObject({ normalize: ["trim", "collapse-whitespace"] });
    expect(field("ItemListed", "price")).toMatchObject({
      type: { kind: "decimal", scale: 2 },
      assertions: [{ kind: "min", rule: "ItemListed.price:min", bound: 0 }],
    });
    expect(field("Engagement", "seconds")).toMatchObject({
      defaultValue: 0,
      assertions: [
        { kind: "min", bound: 0 },
        { kind: "max", bound: 86_400 },
      ],
    });
    const order = platform.events.find(({ name }) => name === "OrderPlaced");
    expect(order?.assertions.map(({ rule, expression }) => [rule, expressionText(expression)])).toEqual([
      ["OrderPlaced:that", "(quantity > 0 and amount >= 0)"],
    ]);
  });

  it("give a Consumer fields from three domains, the owner's first", () => {
    expect(entity("Consumer").identifiers).toEqual([
      { type: "member", strong: true, maxEntities: 1 },
      { type: "device", strong: false, maxEntities: 8 },
    ]);
    expect(entity("Consumer").fields.map(({ name, domain, kind }) => `${domain} ${kind} ${name}`)).toEqual([
      ..."city registeredAt firstSeenAt lastSeenAt lastBehavior views carts favourites purchases viewsLastDay"
        .split(" ")
        .map((name) => `consumer metric ${name}`),
      "consumer recent recent",
      "consumer series activity",
      "consumer custom buyingIntent",
      "content metric contentViews",
      "content metric likes",
      "content recent recentEngagement",
      "enterprise metric orders",
      "enterprise metric spent",
      "enterprise recent recentOrders",
    ]);
  });

  it("measure by function, filter, window and type", () => {
    expect(metricField("Consumer", "viewsLastDay")).toMatchObject({
      nullable: false,
      reference: null,
      metric: {
        name: "viewsLastDay",
        function: "count",
        event: "UserBehavior",
        field: null,
        type: { kind: "long" },
        window: { text: "P1D", lengthMs: 86_400_000, bucketMs: 3_600_000, keep: 27 },
      },
    });
    expect(metricField("Consumer", "spent").metric).toMatchObject({
      name: "revenue",
      function: "sum",
      type: { kind: "decimal", scale: 2 },
    });
    expect(metricField("Item", "shop")).toMatchObject({ nullable: true, reference: "Shop" });
    expect(metricField("Item", "latestContent")).toMatchObject({ domain: "content", reference: "Content" });
    expect(metricField("Shop", "largestOrder").metric.type).toEqual({ kind: "decimal", scale: 2 });
  });

  it("know Content by its kind: common fields on the interface, own fields on the concrete types", () => {
    const content = entity("Content");
    expect(content.concrete).toEqual({
      by: "kind",
      types: { ARTICLE: "Article", VIDEO: "Video", LIVESTREAM: "Livestream" },
    });
    const on = (type: string): readonly string[] =>
      content.fields.filter((field) => field.on === type).map(({ name }) => name);
    expect(on("Content")).toEqual(
      "kind title publishedAt author item contentViews likes shares comments engagement".split(" "),
    );
    expect(on("Article")).toEqual(["wordCount"]);
    expect(on("Video")).toEqual(["durationSeconds", "secondsWatched"]);
    expect(on("Livestream")).toEqual(["audience"]);
    expect(metricField("Content", "author").reference).toBe("Consumer");
  });

  it("have series by entity, and rankings from them", () => {
    expect(
      platform.series.map(({ name, dimensions, grainMs, retainMs }) => [name, dimensions, grainMs, retainMs]),
    ).toEqual(
      [
        ["ConsumerActivity", "Consumer"],
        ["ContentEngagement", "Content"],
        ["ItemActivity", "Item"],
        ["ShopSales", "Shop"],
      ].map(([name, of]) => [name, [{ kind: "entity", entity: of, column: `dim_${of ?? ""}` }], 60_000, null]),
    );
    expect(platform.series[2]?.measures.map(({ name }) => name)).toEqual(["views", "carts", "favourites", "purchases"]);
    expect(platform.rankings[1]).toEqual({
      name: "hotItems",
      domain: "enterprise",
      rowType: "HotItem",
      series: "ItemActivity",
      measure: "views",
      every: ["HOUR", "DAY"],
      grainMs: 3_600_000,
      entity: "Item",
      entityField: "item",
      maxFirst: 1000,
    });
  });
});

describe("the fingerprint", () => {
  const fingerprintOf = (from: string | RegExp, to: string): string =>
    compileSound(sampleTexts.map(({ file, text }) => ({ file, text: text.replace(from, to) }))).fingerprint;

  it("is 16 hexadecimal digits", () => expect(platform.fingerprint).toMatch(/^[0-9a-f]{16}$/));

  it("does not depend on the order of the files", () => {
    expect(compileSound([...sampleTexts].reverse()).fingerprint).toBe(platform.fingerprint);
  });

  it.each([
    ["a description", '"Who sells."', '"Sells."'],
    ["an owner", "commerce-data@", "commerce@"],
    ["a comment and blank lines", /^enum Behavior/m, "# Words.\n\nenum Behavior"],
    ["how a filter is written", '"behavior = pv", window', "\"behavior  =  'pv'\", window"],
    ["the limit of a list", "max: 1000)", "max: 500)"],
    ["a field written by hand", "buyingIntent: Float!", "buyingIntent: Float! mood: String"],
  ])("stays with %s", (_what, from, to) => expect(fingerprintOf(from, to)).toBe(platform.fingerprint));

  it.each([
    ["a filter", '"behavior = pv", window', '"behavior = buy", window'],
    ["a window", '"P1D"', '"P2D"'],
    ["a path", '"user_id")\n', '"member_id")\n'],
    ["a bound", 'min: "2000-01-01T00:00:00Z"', 'min: "2001-01-01T00:00:00Z"'],
    ["a list's length", "keep: 100", "keep: 99"],
    ["a field's name", "largestOrder:", "greatestOrder:"],
    ["the bucket sizes", "every: [MINUTE, HOUR, DAY]) {", "every: [HOUR, DAY]) {"],
    ["an enum value", "  web\n", "  web\n  phone\n"],
    ["an identifier type", "maxEntities: 8", "maxEntities: 9"],
    ["the scale of a Decimal", "price: Decimal! @decimal(scale: 2)", "price: Decimal! @decimal(scale: 3)"],
  ])("changes with %s", (_what, from, to) => expect(fingerprintOf(from, to)).not.toBe(platform.fingerprint));
});
