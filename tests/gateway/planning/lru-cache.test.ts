/** The bounded cache of plans and documents. */
import { describe, expect, it } from "@jest/globals";
import { LruCache } from "../../../gateway/planning/lru-cache.ts";

describe("an LRU cache", () => {
  it("forgets what was used least recently", () => {
    const cache = new LruCache<number>(2);
    cache.set("a", 1);
    cache.set("b", 2);
    expect(cache.get("a")).toBe(1);
    cache.set("c", 3);
    expect([cache.get("a"), cache.get("b"), cache.get("c"), cache.size]).toEqual([1, undefined, 3, 2]);
  });

  it("is bounded by the length of its keys too", () => {
    const cache = new LruCache<number>(100);
    for (let index = 0; index < 10; index += 1) cache.set(`${index}${"x".repeat(4_000_000)}`, index);
    expect(cache.size).toBe(3);
    cache.set("small", 1);
    expect(cache.get("small")).toBe(1);
  });

  it("counts an entry that is set again once", () => {
    const cache = new LruCache<number>(2);
    for (const value of [1, 2, 3]) cache.set("a", value);
    cache.set("b", 4);
    expect([cache.get("a"), cache.get("b")]).toEqual([3, 4]);
  });
});
