/** Time series and ranked lists: buckets, ranges, arguments, batching. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { BucketRow } from "../../../stores/ports/series-store.ts";
import { alignDown, MAX_BUCKETS, readBucketRange } from "../../../subgraphs/runtime/bucket-range.ts";
import { compileSamples, createWorld, GENERATION, NOW, type World } from "../sample-platform.ts";

const topic = "events.user-behavior";
const hour = 3_600_000;
const at = (text: string): number => Date.parse(`2017-11-26T${text}Z`);

interface Views {
  readonly key: string;
  readonly bucket: number;
  readonly views: number;
}

/** Rows of a table with the measures views, carts, favourites, purchases. */
async function write(world: World, table: string, rows: readonly Views[]): Promise<void> {
  const buckets = rows.map(({ key, bucket, views }): BucketRow => ({
    dimensions: [key],
    bucket,
    partition: 0,
    epoch: 0,
    to: 10,
    measures: [views, 0, 0, 0],
  }));
  const fences = { [`${topic}/0`]: 10 };
  await world.series.write({ generation: GENERATION, rows: [{ table, kind: "buckets", rows: buckets }], fences });
}

async function openWithActivity(): Promise<World> {
  const world = await createWorld();
  const rows = ["08:30:00", "09:00:00", "09:59:00", "10:00:00", "12:00:00", "13:00:00"].map((time, i) => ({
    key: "member:1",
    bucket: at(time),
    views: 10 ** i,
  }));
  await write(world, "series_ConsumerActivity", rows);
  await world.apply(topic, [{ entity: "Consumer", key: "member:1", mutations: [] }]);
  return world;
}

async function activity(world: World, args: string): Promise<unknown> {
  const result = await world.run("consumer", `{ consumer(id: "1") { activity(${args}) { bucket views } } }`);
  expect(result.errors).toBeUndefined();
  const { consumer } = result.data as { consumer: { activity: { bucket: string; views: number }[] } };
  return consumer.activity.map(({ bucket, views }) => [bucket.slice(11, 16), views]);
}

describe("a time series", () => {
  it("of more buckets than an answer may hold is refused, and the store is asked for one more at most", async () => {
    const world = await createWorld();
    const first = at("00:00:00");
    const minutes = Array.from({ length: MAX_BUCKETS + 5 }, (_, i) => first + i * 60_000);
    await world.apply(topic, [{ entity: "Consumer", key: "member:1", mutations: [] }]);
    await write(
      world,
      "series_ConsumerActivity",
      minutes.map((bucket) => ({ key: "member:1", bucket, views: 1 })),
    );
    const to = new Date(first + 2 * MAX_BUCKETS * 60_000).toISOString();
    const args = `every: MINUTE, from: "2017-11-26T00:00:00Z", to: "${to}"`;
    const refused = await world.run("consumer", `{ consumer(id: "1") { activity(${args}) { views } } }`);
    expect(refused.errors?.[0]?.message).toContain(`more than ${MAX_BUCKETS} buckets`);
    expect(world.calls.series.map(({ limit }) => limit)).toEqual([MAX_BUCKETS + 1]);
  });

  it("gives the buckets that have events, ascending, of [from, to)", async () => {
    const world = await openWithActivity();
    expect(await activity(world, 'every: HOUR, from: "2017-11-26T09:00:00Z", to: "2017-11-26T12:00:00Z"')).toEqual([
      ["09:00", 110],
      ["10:00", 1000],
    ]);
    expect(await activity(world, 'every: MINUTE, from: "2017-11-26T08:30:00Z", to: "2017-11-26T09:59:00Z"')).toEqual([
      ["08:30", 1],
      ["09:00", 10],
    ]);
  });

  it("gives whole buckets: the one that contains from, and none that starts at or after to", async () => {
    const world = await openWithActivity();
    expect(await activity(world, 'every: HOUR, from: "2017-11-26T08:45:00Z", to: "2017-11-26T09:10:00Z"')).toEqual([
      ["08:00", 1],
      ["09:00", 110],
    ]);
  });

  it("ends now where no end is given", async () => {
    const world = await openWithActivity();
    expect(await activity(world, 'every: HOUR, from: "2017-11-26T10:30:00+00:00"')).toEqual([["10:00", 1000]]);
    const later = await createWorld({ clock: () => NOW + 1, platform: world.platform });
    await write(later, "series_ConsumerActivity", [{ key: "member:1", bucket: at("12:00:00"), views: 5 }]);
    await later.apply(topic, [{ entity: "Consumer", key: "member:1", mutations: [] }]);
    expect(await activity(later, 'every: HOUR, from: "2017-11-26T10:30:00Z"')).toEqual([["12:00", 5]]);
  });

  it("is empty where from is to", async () => {
    const world = await openWithActivity();
    expect(await activity(world, 'every: HOUR, from: "2017-11-26T09:00:00Z", to: "2017-11-26T09:00:00Z"')).toEqual([]);
  });

  it("of many entities is one query", async () => {
    const world = await createWorld();
    await write(world, "series_ItemActivity", [{ key: "item:3", bucket: at("09:00:00"), views: 7 }]);
    const ids = Array.from({ length: 20 }, (_, i) => i);
    const query =
      'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Item { series(every: DAY, from: "2017-11-26T00:00:00Z") { views } } } }';
    const variables = { r: ids.map((id) => ({ __typename: "Item", id: `${id}` })) };
    const result = await world.run("enterprise", query, { variables, context: { wantsCursor: true } });
    expect(result.data).toEqual({ _entities: ids.map((id) => ({ series: id === 3 ? [{ views: 7 }] : [] })) });
    expect(world.calls.series).toHaveLength(1);
    expect(world.calls.reads).toHaveLength(0);
    expect(result.cursor).toEqual({ [`${topic}/0`]: 10 });
  });

  it("writes decimals with their scale", async () => {
    const world = await createWorld();
    const row = { dimensions: ["shop:1"], bucket: at("09:00:00"), partition: 0, epoch: 0, to: 1, measures: [2, 505] };
    const rows = [{ table: "series_ShopSales", kind: "buckets" as const, rows: [row] }];
    await world.series.write({ generation: GENERATION, rows, fences: {} });
    await world.apply("events.payments", [{ entity: "Shop", key: "shop:1", mutations: [] }]);
    const query = '{ shop(id: "1") { sales(every: DAY, from: "2017-11-26T00:00:00Z") { bucket payments revenue } } }';
    expect((await world.run("enterprise", query)).data).toEqual({
      shop: { sales: [{ bucket: "2017-11-26T00:00:00.000Z", payments: 2, revenue: "5.05" }] },
    });
  });
});

describe("the arguments of a time series", () => {
  it.each([
    'every: HOUR, from: "2017-11-26T09:00:00Z", to: "2017-11-26T08:00:00Z"',
    'every: HOUR, from: "2017-11-27T09:00:00Z"',
    'every: MINUTE, from: "1970-01-01T00:00:00Z"',
    'every: HOUR, from: "2017-11-26"',
    'every: HOUR, from: "2017-13-26T09:00:00Z"',
    "every: HOUR, from: 5",
  ])("are refused: %s", async (args) => {
    const world = await openWithActivity();
    const result = await world.run("consumer", `{ consumer(id: "1") { activity(${args}) { views } } }`);
    expect(result.errors?.map(({ extensions }) => extensions?.["code"])).toEqual(["INPUT_INVALID"]);
  });

  it("make aligned ranges that hold exactly the buckets that start in [floor(from), to)", () => {
    const instant = fc.integer({ min: -10 * hour, max: 10 * hour });
    fc.assert(
      fc.property(instant, fc.nat(20 * hour), (from, length) => {
        const to = from + length;
        const range = readBucketRange({ every: "HOUR", from, to }, ["HOUR"], 0);
        const starts = [];
        for (let start = alignDown(from, hour); start < to; start += hour) starts.push(start);
        if (length === 0) starts.length = 0;
        expect((range.to - range.from) / hour).toBe(starts.length);
        expect(range.from).toBe(alignDown(from, hour));
      }),
    );
  });
});

describe("a ranked list", () => {
  const open = async (): Promise<World> => {
    const world = await createWorld();
    await write(world, "ranking_hotItems", [
      { key: "item:b", bucket: at("09:00:00"), views: 5 },
      { key: "item:a", bucket: at("09:00:00"), views: 5 },
      { key: "item:c", bucket: at("09:00:00"), views: 9 },
      { key: "item:z", bucket: at("09:00:00"), views: 0 },
      { key: "item:d", bucket: at("12:00:00"), views: 1 },
    ]);
    return world;
  };

  it("ranks from 1 by the measure, ties by id, in the bucket that contains the instant", async () => {
    const world = await open();
    const query = '{ hotItems(every: HOUR, at: "2017-11-26T09:59:59Z") { rank views item { id title } } }';
    const result = await world.run("enterprise", query, { context: { wantsCursor: true } });
    expect(result.data).toEqual({
      hotItems: [
        { rank: 1, views: 9, item: { id: "c", title: null } },
        { rank: 2, views: 5, item: { id: "a", title: null } },
        { rank: 3, views: 5, item: { id: "b", title: null } },
      ],
    });
    expect(world.calls.reads).toHaveLength(1);
    expect(result.cursor).toEqual({ [`${topic}/0`]: 10 });
  });

  it("is of now where no instant is given, and of a day where it is asked for", async () => {
    const world = await open();
    const query = "{ hotItems { item { id } } day: hotItems(every: DAY, first: 2) { rank item { id } } }";
    expect((await world.run("enterprise", query)).data).toEqual({
      hotItems: [{ item: { id: "d" } }],
      day: [
        { rank: 1, item: { id: "c" } },
        { rank: 2, item: { id: "a" } },
      ],
    });
  });

  it.each(["every: MINUTE", "first: 0", "first: 1001", 'at: "yesterday"'])("refuses %s", async (args) => {
    const world = await open();
    const result = await world.run("enterprise", `{ hotItems(${args}) { rank } }`);
    expect(result.errors?.map(({ extensions }) => extensions?.["code"])).toEqual(["INPUT_INVALID"]);
  });

  it("of an interface entity has null where the type is not known", async () => {
    const world = await createWorld({ platform: compileSamples() });
    const measures = [3, 0, 0];
    const row = { dimensions: ["content:1"], bucket: at("12:00:00"), partition: 0, epoch: 0, to: 1, measures };
    const rows = [{ table: "ranking_trending", kind: "buckets" as const, rows: [row] }];
    await world.series.write({ generation: GENERATION, rows, fences: {} });
    expect((await world.run("content", "{ trending { rank contentViews content { id } } }")).data).toEqual({
      trending: [{ rank: 1, contentViews: 3, content: null }],
    });
  });
});
