/** Processes that start at once over an empty Redis begin one store: none takes what another has just begun for a loss. */
import { afterAll, describe, expect, it } from "@jest/globals";
import { ensureGeneration } from "../../../../cli/profiles/generations/generation-plan.ts";
import type { PlatformModel } from "../../../../schema/model/platform.ts";
import { openRedisStateStore } from "../../../../stores/distributed/redis/state-store.ts";
import { startTestRedis } from "../../../support/start-redis.ts";

const ROUNDS = 20;
const redis = await startTestRedis();
afterAll(async () => {
  await redis?.[Symbol.asyncDispose]();
});
const platform = { fingerprint: "a" } as PlatformModel;

(redis === null ? describe.skip : describe)("three processes over an empty Redis", () => {
  it(`begin generation 1 together, in each of ${String(ROUNDS)} rounds`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const options = redis?.options();
      if (options === undefined) throw new Error("There is no Redis.");
      const tables = new Set<number>();
      const records = await Promise.all(
        [0, 1, 2].map(async () => {
          await using store = await openRedisStateStore(options);
          const isWhole = async (): Promise<boolean> => (await store.incarnation()) === "whole";
          const record = await ensureGeneration(store, platform, {
            isWhole,
            stored: () => Promise.resolve([...tables]),
          });
          tables.add(record.serving);
          return record;
        }),
      );
      const first = { version: 1, serving: 1, fingerprints: { 1: "a" } };
      expect(records).toEqual([first, first, first]);
    }
  }, 60_000);
});
