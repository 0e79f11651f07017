/** Which generation is fed and which serves, through changed declarations, builds, interruptions and contention. */
import { describe, expect, it } from "@jest/globals";
import {
  ensureGeneration,
  forgetGeneration,
  forgetOthers,
  planGeneration,
  planRebuild,
  serveBuild,
} from "../../../../cli/profiles/generations/generation-plan.ts";
import type { PlatformModel } from "../../../../schema/model/platform.ts";
import { createMemoryStateStore } from "../../../../stores/memory/state-store.ts";
import type { StateStore } from "../../../../stores/ports/state-store.ts";

const declared = (fingerprint: string): PlatformModel => ({ fingerprint }) as PlatformModel;

describe("a generation that is made sure of", () => {
  const nothing = (): Promise<readonly number[]> => Promise.resolve([]);

  it("is the one that another process begins meanwhile, in a store that was empty when it was looked at", async () => {
    const state = createMemoryStateStore();
    const first = { version: 1, serving: 1, fingerprints: { 1: "a" } };
    let looks = 0;
    const isWhole = async (): Promise<boolean> => {
      if (looks++ === 0) await state.serve(first, 0);
      return looks > 1;
    };
    expect(await ensureGeneration(state, declared("a"), { isWhole, stored: nothing })).toEqual(first);
  });

  it("is not taken for lost while whoever wrote its record still begins the shards", async () => {
    const state = createMemoryStateStore();
    const first = { version: 1, serving: 1, fingerprints: { 1: "a" } };
    await state.serve(first, 0);
    const begun = performance.now() + 200;
    const isWhole = (): Promise<boolean> => Promise.resolve(performance.now() > begun);
    expect(await ensureGeneration(state, declared("a"), { isWhole, stored: () => Promise.resolve([1]) })).toEqual(
      first,
    );
  });

  it("is built anew where something stays lost", async () => {
    const state = createMemoryStateStore();
    await state.serve({ version: 1, serving: 1, fingerprints: { 1: "a" } }, 0);
    const found = { isWhole: () => Promise.resolve(false), stored: () => Promise.resolve([1]) };
    const lost = { version: 2, serving: 1, fingerprints: { 1: "", 2: "a" }, next: 2 };
    expect(await ensureGeneration(state, declared("a"), found)).toEqual(lost);
  });
});

describe("the plan of generations", () => {
  it("gives a fresh store generation 1, and finds it again", async () => {
    const state = createMemoryStateStore();
    const plan = { record: { version: 1, serving: 1, fingerprints: { 1: "a" } }, target: 1 };
    expect(await planGeneration(state, declared("a"))).toEqual(plan);
    expect(await planGeneration(state, declared("a"))).toEqual(plan);
  });

  it("builds a new one beside the serving one when the declarations changed, and goes on with it after an interruption", async () => {
    const state = createMemoryStateStore();
    await planGeneration(state, declared("a"));
    const plan = await planGeneration(state, declared("b"));
    expect(plan).toEqual({ record: { version: 2, serving: 1, fingerprints: { 1: "a", 2: "b" } }, target: 2 });
    expect(await planGeneration(state, declared("b"))).toEqual(plan);
    await serveBuild(state, plan.target);
    expect(await forgetOthers(state, [plan.target])).toEqual([1]);
    expect(await forgetOthers(state, [plan.target])).toEqual([]);
    expect((await planGeneration(state, declared("b"))).record).toEqual({
      version: 4,
      serving: 2,
      fingerprints: { 2: "b" },
    });
  });

  it("returns to the serving one when the declarations are changed back", async () => {
    const state = createMemoryStateStore();
    await planGeneration(state, declared("a"));
    await planGeneration(state, declared("b"));
    expect((await planGeneration(state, declared("a"))).target).toBe(1);
  });

  it("forgets an unfinished one for yet other declarations", async () => {
    const state = createMemoryStateStore();
    await planGeneration(state, declared("a"));
    await planGeneration(state, declared("b"));
    const { record, target } = await planGeneration(state, declared("c"));
    expect(record.fingerprints).toEqual({ 1: "a", [target]: "c" });
    expect(target).not.toBe(2);
  });

  it("never gives an id twice, not even after a build was abandoned", async () => {
    const state = createMemoryStateStore();
    await planGeneration(state, declared("a"));
    const given = new Set([1]);
    for (let build = 0; build < 5; build++) {
      const target = await planRebuild(state);
      expect(given.has(target)).toBe(false);
      given.add(target);
      if (build % 2 === 0) await forgetGeneration(state, target);
      else {
        await serveBuild(state, target);
        await forgetOthers(state, [target]);
      }
    }
  });

  it("abandons only what is being built, and finishes nothing that is not", async () => {
    const state = createMemoryStateStore();
    await planGeneration(state, declared("a"));
    await forgetGeneration(state, 1);
    await forgetGeneration(state, 9);
    expect((await state.generations())?.version).toBe(1);
    await expect(serveBuild(state, 9)).rejects.toThrow(TypeError);
    await expect(planRebuild(createMemoryStateStore())).rejects.toThrow(TypeError);
  });

  it("plans again when somebody else was faster", async () => {
    const state = createMemoryStateStore();
    await planGeneration(state, declared("a"));
    let lost = 0;
    const contended: StateStore = {
      ...state,
      async serve(record, version) {
        if (lost++ === 0) await state.serve({ version: 2, serving: 1, fingerprints: { 1: "a", 2: "x" } }, 1);
        return await state.serve(record, version);
      },
    };
    const { record, target } = await planGeneration(contended, declared("b"));
    expect(record).toEqual(await state.generations());
    expect(record.fingerprints[String(target)]).toBe("b");
    expect(lost).toBe(2);
  });
});
