/** The page of invariants points at tests that exist. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";

const root = join(import.meta.dirname, "..", "..");
const page = readFileSync(join(root, "docs", "invariants.md"), "utf8");

describe("the page of invariants", () => {
  const named = [...page.matchAll(/\]\(\.\.\/(tests\/[^)]+)\)/g)].map(([, path = ""]) => path);

  it("names tests", () => {
    expect(named.length).toBeGreaterThan(5);
  });

  it.each(named)("names %s, which exists", (path) => {
    expect(existsSync(join(root, path))).toBe(true);
  });
});
