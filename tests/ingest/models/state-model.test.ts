/** Dynamic and event models: the same, whatever the order, the batches and the partitions; and what a plain recomputation gives. */
import { describe, expect, it } from "@jest/globals";
import { compileStateModel } from "../../../ingest/models/state-model.ts";
import { shardOf, SHARDS } from "../../../schema/model/entity-key.ts";
import type { MetricField } from "../../../schema/model/entity.ts";
import type { StandardEvent } from "../../../schema/model/event.ts";
import type { StandardValue } from "../../../schema/model/value.ts";
import { compareEvents, readMetric, readRecentEntry } from "../../../stores/ports/model-values.ts";
import type { StateValue } from "../../../stores/ports/state-value.ts";
import { createRandom } from "../../support/random.ts";
import { dumpState } from "../fixtures/dump.ts";
import { eventsOf, fieldOf, stateOf } from "../fixtures/events.ts";
import { market } from "../fixtures/market.ts";
import { hash } from "../fixtures/simulation.ts";

const seeds = Array.from({ length: 12 }, (_, seed) => seed + 1);
const HOUR = 3_600_000;

describe("state models", () => {
  it.each(seeds)("are the same in any order, batches and partitions (seed %i)", async (seed) => {
    const random = createRandom(seed);
    const events = eventsOf(random, 300);
    const whole = await stateOf(events, { random, partitions: 1, maxBatch: 1000 });
    const expected = await dumpState(whole, 1, market);
    expect(expected.length).toBeGreaterThan(10);
    for (const [partitions, maxBatch] of [
      [1, 1],
      [1, 40],
      [3, 7],
      [8, 100],
    ] as const) {
      const spread = { random, partitions, maxBatch };
      const other = await stateOf(random.shuffle(events), spread);
      expect(await dumpState(other, 1, market)).toEqual(expected);
    }
  });

  it.each(seeds)("hold what a plain recomputation gives (seed %i)", async (seed) => {
    const random = createRandom(seed);
    const events = eventsOf(random, 300);
    const state = await stateOf(random.shuffle(events), { random, partitions: 3, maxBatch: 20 });
    const keys = new Set<string>();
    for await (const { key, values } of state.scan(1, "Person")) {
      keys.add(key);
      expect(readPerson(values)).toEqual(recompute(events.filter((event) => personOf(event) === key)));
    }
    expect(keys).toEqual(new Set(events.map(personOf).filter((key) => key !== null)));
  });
});

function personOf(event: StandardEvent): string | null {
  const [user, device] = [fieldOf(event, "userId"), fieldOf(event, "deviceId")];
  if (typeof user === "string") return `member:${user}`;
  return typeof device === "string" ? `device:${device}` : null;
}

const at = { atMs: Date.UTC(2024, 0, 1, 3) };

function readPerson(values: ReadonlyMap<string, StateValue>): Record<string, unknown> {
  const person = market.entities.find(({ name }) => name === "Person");
  const metrics = (person?.fields ?? []).filter((field): field is MetricField => field.kind === "metric");
  const read = metrics.map((field) => [field.name, readMetric(field, values.get(field.name), at)]);
  const recent = values.get("recentVisits");
  const model = market.events.find(({ name }) => name === "Visit");
  const entries = recent?.operation === "recent" ? recent.entries : [];
  return {
    ...Object.fromEntries(read),
    recent: model === undefined ? [] : entries.map((entry) => readRecentEntry(model, entry).values),
  };
}

function recompute(events: readonly StandardEvent[]): Record<string, unknown> {
  const sorted = [...events].sort(compareEvents);
  const visits = sorted.filter(({ model }) => model.name === "Visit");
  const all = (name: string, of = visits): StandardValue[] =>
    of.map((event) => fieldOf(event, name) as StandardValue).filter((value) => value !== null);
  const numbers = (name: string): number[] => all(name) as number[];
  const sum = (name: string): number => numbers(name).reduce((total, value) => total + value, 0);
  const inWindow = visits.filter(({ time }) => {
    const bucket = Math.floor(time / 180_000) * 180_000;
    return bucket > at.atMs - HOUR && bucket <= at.atMs;
  });
  return {
    visits: visits.length,
    buys: all("kind").filter((kind) => kind === "buy").length,
    units: sum("amount"),
    paid: sum("price"),
    firstKind: all("kind")[0] ?? null,
    firstVisit: all("visitId")[0] ?? null,
    lastKind: all("kind").at(-1) ?? null,
    lowestPrice: numbers("price").length === 0 ? null : Math.min(...numbers("price")),
    highestScore: numbers("score").length === 0 ? null : Math.max(...numbers("score")),
    differentThings: new Set(all("itemId")).size,
    visitsLastHour: inWindow.length,
    note: all("text", sorted).at(-1) ?? null,
    recent: visits
      .slice(-5)
      .reverse()
      .map(({ values }) => values),
  };
}

it("keeps an event that came twice as one recent entry, in one batch as in two", async () => {
  const random = createRandom(2);
  const events = eventsOf(random, 30);
  const twice = [...events, ...events];
  const together = await stateOf(twice, { random, partitions: 1, maxBatch: 1 });
  const expected = await dumpState(together, 1, market);
  for (const maxBatch of [3, 100]) {
    const state = await stateOf(random.shuffle(twice), { random, partitions: 1, maxBatch });
    expect(await dumpState(state, 1, market)).toEqual(expected);
  }
});

describe("a batch", () => {
  const events = eventsOf(createRandom(5), 60).map((event, offset) => ({ ...event, offset }));
  const model = compileStateModel(market, { hash });

  it("leaves out what a shard includes already, but tells of it as a change", () => {
    const none = model.createBatch();
    for (const event of events) none.add(event, []);
    const everything = none.finish([]);
    const fences = Array.from({ length: SHARDS }, (_, shard) => (shard % 2 === 0 ? 30 : 0));
    const batch = model.createBatch();
    for (const event of events) batch.add(event, fences);
    const { shards, changes } = batch.finish(fences);
    const late = model.createBatch();
    for (const event of events) if (event.offset >= 30) late.add(event, []);
    const wanted = [late.finish([]).shards, everything.shards];
    shards.forEach(({ shard, entities, from }) => {
      expect(from).toBe(fences[shard]);
      expect([...entities]).toEqual([...(wanted[shard % 2]?.[shard]?.entities ?? [])]);
    });
    const told = (of: typeof changes): unknown =>
      of.map(({ entity, keys, shapeOf, shapes }) => [
        entity,
        keys.map((key, index) => [key, [...(shapes[shapeOf[index] ?? -1] ?? [])].sort()]),
      ]);
    expect(told(changes)).toEqual(told(everything.changes));
  });

  it("puts each member into its shard, and lists all shards", () => {
    const batch = model.createBatch();
    for (const event of events) batch.add(event, []);
    const { shards } = batch.finish([]);
    expect(shards.map(({ shard }) => shard)).toEqual(Array.from({ length: SHARDS }, (_, shard) => shard));
    for (const { shard, entities } of shards) {
      for (const { entity, key } of entities) expect(shardOf(entity, key)).toBe(shard);
    }
  });
});
