/** Time-series rows: absolute sums over an epoch, the same whatever order, batches and partitions the events come in. */
import { describe, expect, it } from "@jest/globals";
import { epochStart } from "../../../ingest/models/series-accumulator.ts";
import { EPOCH_OFFSETS } from "../../../schema/layout/series-layout.ts";
import type { StandardEvent } from "../../../schema/model/event.ts";
import { createRandom } from "../../support/random.ts";
import { dumpSeries } from "../fixtures/dump.ts";
import { eventsOf, fieldOf, newAccumulator, seriesOf, stateOf, type Spread } from "../fixtures/events.ts";
import { market } from "../fixtures/market.ts";

const seeds = Array.from({ length: 12 }, (_, seed) => seed + 1);

async function linesOf(events: readonly StandardEvent[], spread: Spread): Promise<readonly string[]> {
  const [state, series] = [await stateOf(events, spread), await seriesOf(events, spread)];
  return await dumpSeries({ state, series }, 1, market);
}

describe("time series", () => {
  it.each(seeds)("are the same in any order, batches and partitions (seed %i)", async (seed) => {
    const random = createRandom(seed);
    const events = eventsOf(random, 300);
    const expected = await linesOf(events, { random, partitions: 1, maxBatch: 1000 });
    expect(expected.length).toBeGreaterThan(50);
    for (const [partitions, maxBatch] of [
      [1, 1],
      [3, 7],
      [8, 100],
    ] as const) {
      expect(await linesOf(random.shuffle(events), { random, partitions, maxBatch })).toEqual(expected);
    }
  });

  it.each(seeds)("hold what a plain recomputation gives (seed %i)", async (seed) => {
    const random = createRandom(seed);
    const events = eventsOf(random, 300);
    const lines = await linesOf(random.shuffle(events), { random, partitions: 2, maxBatch: 30 });
    const things = lines.filter((line) => line.startsWith("series_ThingActivity"));
    const groups = new Map<string, StandardEvent[]>();
    for (const event of events.filter(({ model }) => model.name === "Visit")) {
      const bucket = Math.floor(event.time / 3_600_000) * 3_600_000;
      const key = `series_ThingActivity thing:${String(fieldOf(event, "itemId"))} ${bucket}`;
      groups.set(key, [...(groups.get(key) ?? []), event]);
    }
    const expected = [...groups].map(([key, of]) => {
      const numbers = (name: string): number[] =>
        of.map((event) => fieldOf(event, name)).filter((value) => typeof value === "number");
      const prices = numbers("price");
      const lowest = prices.length === 0 ? null : Math.min(...prices);
      const people = new Set(of.map((event) => fieldOf(event, "userId")).filter((value) => value !== null)).size;
      return `${key} ${[of.length, numbers("amount").reduce((a, b) => a + b, 0), lowest, people].map(String).join(",")}`;
    });
    expect([...things].sort()).toEqual(expected.sort());
  });
});

describe("epochs", () => {
  const [some] = eventsOf(createRandom(3), 50).filter(({ model }) => model.name === "Visit");
  if (some === undefined) throw new Error("The fixture has no visit.");
  const event = (offset: number): StandardEvent => ({ ...some, offset });
  const countOf = (rows: ReturnType<ReturnType<typeof newAccumulator>["takeRows"]>) =>
    rows
      .filter(({ table }) => table === "series_ThingActivity")
      .flatMap((of) => [...of.rows].map(({ epoch, to, measures }) => [epoch, to, measures[0]]));

  it("begin at multiples of their length", () => {
    const last = EPOCH_OFFSETS - 1;
    expect([0, 1, last, EPOCH_OFFSETS, EPOCH_OFFSETS + 1].map(epochStart)).toEqual([
      0,
      0,
      0,
      EPOCH_OFFSETS,
      EPOCH_OFFSETS,
    ]);
  });

  it("end a bucket's sum and begin another, each with its own version", () => {
    const accumulator = newAccumulator();
    for (const offset of [5, EPOCH_OFFSETS - 1, EPOCH_OFFSETS, EPOCH_OFFSETS + 3])
      accumulator.add(event(offset), false);
    expect(accumulator.dirtyRows).toBeGreaterThan(0);
    expect(countOf(accumulator.takeRows(EPOCH_OFFSETS + 10))).toEqual([
      [0, EPOCH_OFFSETS, 2],
      [1, EPOCH_OFFSETS + 10, 2],
    ]);
    expect(accumulator.dirtyRows).toBe(0);
    accumulator.add(event(EPOCH_OFFSETS + 11), false);
    expect(countOf(accumulator.takeRows(EPOCH_OFFSETS + 12))).toEqual([[1, EPOCH_OFFSETS + 12, 3]]);
    expect(accumulator.takeRows(EPOCH_OFFSETS + 20)).toEqual([]);
  });

  it("read again add to the sums without writing them before something new comes", () => {
    const accumulator = newAccumulator();
    for (const offset of [0, 1, 2]) accumulator.add(event(offset), true);
    expect(accumulator.takeRows(3)).toEqual([]);
    accumulator.add(event(3), false);
    expect(countOf(accumulator.takeRows(4))).toEqual([[0, 4, 4]]);
  });
});
