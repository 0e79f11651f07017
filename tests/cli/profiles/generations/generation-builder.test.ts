/** Rebuilding beside the serving generation: what is dropped, and when. */
import { describe, expect, it } from "@jest/globals";
import {
  createGenerationBuilder,
  type BuildingIngest,
} from "../../../../cli/profiles/generations/generation-builder.ts";
import { planGeneration } from "../../../../cli/profiles/generations/generation-plan.ts";
import { ProgressBook } from "../../../../cli/profiles/progress-book.ts";
import type { PlatformModel } from "../../../../schema/model/platform.ts";
import { createMemoryEventLog } from "../../../../stores/memory/event-log.ts";
import { createMemorySeriesStore } from "../../../../stores/memory/series-store.ts";
import { createMemoryStateStore } from "../../../../stores/memory/state-store.ts";

const platform: PlatformModel = {
  domains: [],
  sources: [],
  events: [],
  entities: [],
  series: [],
  rankings: [],
  fingerprint: "a",
};

async function openBuilder() {
  const log = createMemoryEventLog();
  const state = createMemoryStateStore();
  const series = createMemorySeriesStore();
  const faults: unknown[] = [];
  const delays: (() => void)[] = [];
  const ingest: BuildingIngest = {
    startRebuild: () => undefined,
    cancelRebuild: () => undefined,
    switchTo: () => Promise.resolve(),
    report: (fault) => void faults.push(fault),
  };
  const { target } = await planGeneration(state, platform);
  const delayDrop = (): Promise<void> => new Promise((resolve) => delays.push(resolve));
  const builder = createGenerationBuilder(
    { platform, log, state, series, book: new ProgressBook(), ingest, delayDrop },
    { target, serving: target },
  );
  const kept = async (): Promise<readonly number[]> =>
    Object.keys((await state.generations())?.fingerprints ?? {}).map(Number);
  return { builder, delays, faults, kept };
}

async function drain(steps: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of steps);
}

/** Lets what was just allowed happen: all of it is promises over memory. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe("a rebuild", () => {
  it("keeps the old generation for requests in flight, and drops it after the delay", async () => {
    const { builder, delays, kept } = await openBuilder();
    const old = builder.serving();
    await drain(builder.rebuild(new AbortController().signal));
    expect(builder.serving()).not.toBe(old);
    expect(await kept()).toContain(old);
    delays[0]?.();
    await settle();
    expect(await kept()).toEqual([builder.serving()]);
  });

  it("is not dropped by the delayed clean-up of the one before it", async () => {
    const { builder, delays, faults, kept } = await openBuilder();
    await drain(builder.rebuild(new AbortController().signal));
    const serving = builder.serving();
    const second = builder.rebuild(new AbortController().signal)[Symbol.asyncIterator]();
    await second.next();
    delays[0]?.();
    await settle();
    const during = await kept();
    expect(during).toHaveLength(2);
    expect(during).toContain(serving);
    while ((await second.next()).done !== true);
    expect(during).toContain(builder.serving());
    expect(builder.serving()).not.toBe(serving);
    expect(faults).toEqual([]);
  });
});
