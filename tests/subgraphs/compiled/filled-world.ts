/** The sample domains with a little of everything: people, items, shops, content of each kind, pages and series. */
import type { StandardValue } from "../../../schema/model/value.ts";
import { extremeBytes, firstBytes, latestBytes, recentEntry } from "../../../stores/ports/model-values.ts";
import type { BucketRow } from "../../../stores/ports/series-store.ts";
import { sketchOfHash } from "../../../stores/ports/sketch.ts";
import type { Mutation } from "../../../stores/ports/state-value.ts";
import {
  add,
  createWorld,
  eventModel,
  GENERATION,
  NOW,
  standardEvent,
  type World,
  type WorldOptions,
} from "../sample-platform.ts";

const HOUR = 3_600_000;

export async function createFilledWorld(options: WorldOptions = {}): Promise<World> {
  const world = await createWorld(options);
  await fillState(world);
  await fillSeries(world);
  return world;
}

async function fillState(world: World): Promise<void> {
  const order = (id: string) => ({ time: 1000, hash: 1n, id });
  const latest = (field: string, value: StandardValue): Mutation => {
    return { field, operation: "greatest", bytes: latestBytes(order("e"), value) };
  };
  const max = (field: string, value: number): Mutation => {
    return { field, operation: "greatest", bytes: extremeBytes("max", value) };
  };
  const recent = (field: string, event: string, of: readonly Readonly<Record<string, StandardValue>>[]): Mutation => {
    const model = eventModel(world.platform, event);
    const entries = of.map((fields, i) =>
      recentEntry(standardEvent(model, { ts: i, ...fields }, { id: `${event}${i}` })),
    );
    return { field, operation: "recent", keep: 100, entries: entries.sort((a, b) => Buffer.compare(b, a)) };
  };
  const behavior = { userId: "1", behavior: "pv", deviceId: null, categoryId: null };
  const ordered = { memberId: "1", quantity: 2, amount: 1999 };
  await world.apply("events.user-behavior", [
    {
      entity: "Consumer",
      key: "member:1",
      mutations: [
        add("views", 7),
        add("carts", 2n ** 60n),
        {
          field: "viewsLastDay",
          operation: "window",
          keep: 100,
          buckets: new Map([
            [NOW - HOUR, 3],
            [NOW - 90 * HOUR, 9],
          ]),
        },
        latest("lastBehavior", "cart"),
        max("lastSeenAt", NOW),
        recent("recent", "UserBehavior", [
          { ...behavior, itemId: "i1" },
          { ...behavior, itemId: "i2", deviceId: "d1" },
          { ...behavior, itemId: "i1" },
          { ...behavior, itemId: "none" },
        ]),
      ],
    },
    { entity: "Consumer", key: "device:d1", mutations: [add("views", 1)] },
    { entity: "Consumer", key: "member:2", mutations: [] },
    { entity: "Item", key: "item:i1", mutations: [add("views", 5)] },
  ]);
  await world.apply("events.orders", [
    {
      entity: "Consumer",
      key: "member:1",
      mutations: [
        add("orders", 3),
        recent("recentOrders", "OrderPlaced", [
          { ...ordered, itemId: "i1", shopId: "s1" },
          { ...ordered, itemId: "i3", shopId: "s2" },
        ]),
      ],
    },
    {
      entity: "Shop",
      key: "shop:s1",
      mutations: [max("largestOrder", 1999), add("orders", 2), { ...sketch("items"), operation: "registers" }],
    },
  ]);
  await world.apply("events.item-listings", [
    {
      entity: "Item",
      key: "item:i1",
      mutations: [latest("title", "Cup"), latest("price", 1250), latest("shop", "s1")],
    },
    { entity: "Item", key: "item:i2", mutations: [latest("title", null), latest("shop", null)] },
  ]);
  await world.apply("events.payments", [
    { entity: "Shop", key: "shop:s1", mutations: [add("revenue", -5)] },
    { entity: "Consumer", key: "member:1", mutations: [add("spent", 120_050)] },
  ]);
  const first: Mutation = { field: "publishedAt", operation: "greatest", bytes: firstBytes(order("c"), NOW) };
  const content = (id: string, kind: string, more: readonly Mutation[]) => {
    return { entity: "Content", key: `content:${id}`, mutations: [latest("kind", kind), latest("title", id), ...more] };
  };
  await world.apply("events.content-published", [
    content("a", "ARTICLE", [latest("wordCount", 300), latest("author", "1"), latest("item", "i1"), first]),
    content("v", "VIDEO", [latest("durationSeconds", 60), add("secondsWatched", 99), latest("author", null)]),
    content("l", "LIVESTREAM", [{ ...sketch("audience"), operation: "registers" }]),
    { entity: "Content", key: "content:unknown", mutations: [add("likes", 1)] },
    { entity: "Item", key: "item:i1", mutations: [add("features", 1), latest("latestContent", "v")] },
    { entity: "Item", key: "item:i2", mutations: [latest("latestContent", "unknown")] },
  ]);
  await world.apply("events.engagement", [
    {
      entity: "Consumer",
      key: "member:1",
      mutations: [
        add("likes", 4),
        recent("recentEngagement", "Engagement", [
          { memberId: "1", contentId: "a", action: "like", seconds: 0 },
          { memberId: "1", contentId: "unknown", action: "view", seconds: 5 },
        ]),
      ],
    },
  ]);
}

function sketch(field: string): { readonly field: string; readonly sketch: Uint8Array } {
  return { field, sketch: sketchOfHash(0x1234_5678_9abc_def0n) };
}

async function fillSeries(world: World): Promise<void> {
  const row = (key: string, measures: readonly number[], hours: number): BucketRow => ({
    dimensions: [key],
    bucket: NOW - hours * HOUR,
    partition: 0,
    epoch: 0,
    to: 10,
    measures,
  });
  const write = async (table: string, topic: string, rows: readonly BucketRow[]): Promise<void> => {
    const fences = { [`${topic}/0`]: 10 };
    await world.series.write({ generation: GENERATION, rows: [{ table, kind: "buckets", rows }], fences });
  };
  const people = [row("member:1", [3, 0, 1, 0], 1), row("member:1", [9, 1, 0, 2], 2)];
  await write("series_ConsumerActivity", "events.user-behavior", people);
  const things = [row("item:i1", [3, 0, 0, 0], 0), row("item:i2", [3, 1, 0, 2], 0), row("item:none", [8, 1, 0, 2], 0)];
  await write("series_ItemActivity", "events.user-behavior", things);
  await write("ranking_hotItems", "events.user-behavior", things);
  await write("series_ContentEngagement", "events.engagement", [row("content:a", [5, 1, 0], 1)]);
  await write("ranking_trending", "events.engagement", [
    row("content:a", [5, 1, 0], 0),
    row("content:unknown", [9, 0, 0], 0),
  ]);
}
