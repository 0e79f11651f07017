/** Several engines over the same stores, as several processes have them: who feeds, who serves, who builds, who goes back. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "@jest/globals";
import {
  createDistributedEngine,
  type DistributedStores,
} from "../../../../cli/profiles/distributed/distributed-engine.ts";
import { buildNext } from "../../../../cli/profiles/distributed/build-next.ts";
import { feedings } from "../../../../cli/profiles/generations/generation-feeder.ts";
import { watchGenerations } from "../../../../cli/profiles/generations/generation-watch.ts";
import type { Engine } from "../../../../cli/profiles/engine.ts";
import { logEnds } from "../../../../cli/operations/log-ends.ts";
import { createMemoryChangeFeed } from "../../../../stores/memory/change-feed.ts";
import { createMemoryEventLog } from "../../../../stores/memory/event-log.ts";
import { createMemoryIdentityStore } from "../../../../stores/memory/identity-store.ts";
import { createMemorySeriesStore } from "../../../../stores/memory/series-store.ts";
import { createMemoryStateStore } from "../../../../stores/memory/state-store.ts";
import { OnefoldError } from "../../../../schema/errors.ts";
import type { PlatformModel } from "../../../../schema/model/platform.ts";
import type { StateStore } from "../../../../stores/ports/state-store.ts";
import { samplePlatform } from "../../../support/compile-platform.ts";

const platform = samplePlatform();
const topic = "events.user-behavior";
const topics = platform.sources.map((each) => each.topic);
const logger = { info: () => undefined, warn: () => undefined };
const ingest = { intervalMs: 10, dropDelayMs: 50, seriesWriter: { intervalMs: 5 } };

/** What several engines share; `lose` is what a wiped state store looks like. */
interface SharedStores extends DistributedStores {
  lose(): void;
}

async function openStores(): Promise<SharedStores> {
  const log = createMemoryEventLog();
  for (const { topic: name, quarantineTopic } of platform.sources) {
    await log.createTopic(name, { partitions: 3 });
    await log.createTopic(quarantineTopic, { partitions: 3 });
  }
  let held = createMemoryStateStore();
  // As Redis does: a store that was wiped, and not begun anew, refuses.
  const guarded = async <T>(call: () => Promise<T>): Promise<T> => {
    if ((await held.generations()) === null) throw new OnefoldError("STORE_REBUILDING", "The store was wiped.");
    return call();
  };
  const state: StateStore = {
    apply: (batch) => guarded(() => held.apply(batch)),
    read: (request) => guarded(() => held.read(request)),
    fences: (...of) => guarded(() => held.fences(...of)),
    segments: (...of) => held.segments(...of),
    scan: (...of) => held.scan(...of),
    generations: () => held.generations(),
    serve: (...of) => held.serve(...of),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return {
    ...{ log, state, series: createMemorySeriesStore(), changes: createMemoryChangeFeed() },
    identity: createMemoryIdentityStore(),
    isWhole: async () => (await held.generations()) !== null,
    lose: () => void (held = createMemoryStateStore()),
  };
}

const open = (stores: DistributedStores, role: "ingest" | "serve", of: PlatformModel = platform): Promise<Engine> =>
  createDistributedEngine({ platform: of, stores, ingest: role === "ingest" ? ingest : null, logger, telemetry: null });

async function append(engine: Engine, users: readonly number[]): Promise<void> {
  const records = users.map((user, at) => ({
    key: String(user),
    value: Buffer.from(`{"user_id":"${user}","item_id":"7","behavior":"pv","unix_seconds":${1_511_658_000 + at}}`),
    sequence: null,
  }));
  const origin = { format: "json", producer: "test" } as const;
  await engine.log.append(topic, { origin, time: Date.now(), records });
}

async function viewsOf(engine: Engine, user: number): Promise<number> {
  const read = { generation: engine.generation(), entity: "Consumer", keys: [`member:${user}`], fields: ["views"] };
  const { entities } = await engine.state.read(read);
  const views = entities[0]?.get("views");
  return views?.operation === "add" ? Number(views.amount) : 0;
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 1_000; turn++) {
    if (await holds()) return;
    await sleep(10);
  }
  throw new Error("it never came to hold");
}

const applied = async (engine: Engine): Promise<boolean> =>
  engine.waitFor(await logEnds(engine.log, topics), "all", 5_000);

describe("engines over the same stores", () => {
  it("feed together and know each other's progress: two with ingest, one that only serves", async () => {
    const stores = await openStores();
    await using first = await open(stores, "ingest");
    await using second = await open(stores, "ingest");
    await using serving = await open(stores, "serve");
    for (let round = 0; round < 5; round++)
      await append(
        first,
        Array.from({ length: 300 }, (_, at) => at % 10),
      );
    expect(await applied(serving)).toBe(true);
    for (const engine of [first, second, serving]) expect(await viewsOf(engine, 3)).toBe(150);
    expect(await serving.tallies(["test"])).toEqual([{ applied: 1_500, duplicates: 0, quarantined: 0, late: 1_500 }]);
    expect(serving.health()).toEqual({ status: "ok" });
  });

  it("say so while no process has made models yet, and answer once one has", async () => {
    const stores = await openStores();
    await using serving = await open(stores, "serve");
    expect(() => serving.generation()).toThrow(expect.objectContaining({ code: "STORE_REBUILDING" }));
    expect(serving.health().status).toBe("unavailable");
    await using _ingest = await open(stores, "ingest");
    await until(() => serving.health().status === "ok");
    expect(serving.generation()).toBe(1);
  });

  it("build a replay in whatever process has ingest, and drop what it replaced", async () => {
    const stores = await openStores();
    await using worker = await open(stores, "ingest");
    await using command = await open(stores, "serve");
    await append(
      worker,
      Array.from({ length: 400 }, (_, at) => at % 4),
    );
    expect(await applied(command)).toBe(true);
    const steps: { done: number; total: number }[] = [];
    for await (const step of command.replay(new AbortController().signal)) steps.push({ ...step });
    expect(steps.at(-1)).toEqual({ done: 400, total: 400 });
    // Nothing new comes in: what was applied before the switch is known of the generation after it.
    expect(await applied(command)).toBe(true);
    expect(command.generation()).toBe(2);
    expect(await viewsOf(command, 3)).toBe(100);
    await until(async () => (await stores.series.generations()).join() === "2");
    await append(worker, [3]);
    expect(await applied(command)).toBe(true);
    expect(await viewsOf(command, 3)).toBe(101);
  });

  it("keep the generation before where that is asked for, feed it, and go back to it", async () => {
    const stores = await openStores();
    await using worker = await open(stores, "ingest");
    await using watch = await watchGenerations(stores.state, { intervalMs: 10 });
    await append(worker, [1, 2, 3]);
    await applied(worker);
    const deps = { platform, ...stores, watch, serving: (): number | null => worker.generation() };
    const never = new AbortController().signal;
    for await (const _ of buildNext(deps, never, { keep: true }));
    expect(watch.record).toMatchObject({ serving: 2, kept: [1] });
    expect(feedings(watch.record, platform.fingerprint).map(({ generation }) => generation)).toEqual([2, 1]);
    await append(worker, [3, 3]);
    await applied(worker);
    for await (const _ of buildNext(deps, never, { kept: 1, keep: false }));
    expect(worker.generation()).toBe(1);
    expect(await viewsOf(worker, 3)).toBe(3);
  });

  it("give up a replay that is interrupted, and serve on", async () => {
    const stores = await openStores();
    await using worker = await open(stores, "ingest");
    await append(worker, [1]);
    await applied(worker);
    const stopping = new AbortController();
    const building = worker.replay(stopping.signal)[Symbol.asyncIterator]();
    await building.next();
    stopping.abort();
    await expect(building.next()).rejects.toMatchObject({ name: "AbortError" });
    expect(worker.generation()).toBe(1);
    const record = await stores.state.generations();
    expect(record).toMatchObject({ serving: 1, fingerprints: { 1: platform.fingerprint } });
    expect(record?.next).toBeUndefined();
  });

  it("rebuild what the state store has lost, from history and log, and refuse to answer meanwhile", async () => {
    const stores = await openStores();
    await using worker = await open(stores, "ingest");
    await using serving = await open(stores, "serve");
    await append(
      worker,
      Array.from({ length: 300 }, (_, at) => at % 3),
    );
    await applied(serving);
    // The log forgets its first half: only history has it.
    for (const { partition, end } of await stores.log.ranges(topic))
      await stores.log.trim(topic, partition, Math.floor(end / 2));
    stores.lose();
    let refused = 0;
    await until(async () => {
      try {
        return (await viewsOf(serving, 2)) === 100 && serving.generation() === 2;
      } catch (error) {
        expect(error).toMatchObject({ code: "STORE_REBUILDING" });
        refused++;
        return false;
      }
    });
    expect(refused).toBeGreaterThan(0);
    expect(await stores.state.generations()).toMatchObject({ serving: 2 });
  });

  it("build the models of changed declarations beside those that serve, and keep those to go back to", async () => {
    const stores = await openStores();
    const changed: PlatformModel = { ...platform, fingerprint: "changed" };
    await using old = await open(stores, "ingest");
    await append(old, [1, 1, 2]);
    await applied(old);
    await using renewed = await open(stores, "ingest", changed);
    await until(() => renewed.health().status === "ok");
    expect(await viewsOf(renewed, 1)).toBe(2);
    await until(() => old.health().status === "unavailable");
    expect(await stores.state.generations()).toMatchObject({ serving: 2, kept: [1] });
    await using back = await open(stores, "ingest");
    await until(() => back.health().status === "ok");
    expect(back.generation()).toBe(1);
  });
});
