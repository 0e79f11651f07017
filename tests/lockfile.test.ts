/** package-lock.json installs the same on every supported machine, from whatever registry is set up there. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";

interface LockedPackage {
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const text = readFileSync(join(import.meta.dirname, "..", "package-lock.json"), "utf8");
const { packages } = JSON.parse(text) as { readonly packages: Readonly<Record<string, LockedPackage>> };

describe("the lockfile", () => {
  it("names no registry", () => {
    expect(Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
    expect(text).not.toMatch(/https?:\/\/[^"]*\.tgz/);
  });

  it("has the native packages of every machine (if not: npm run lockfile)", () => {
    const native = Object.values(packages)
      .flatMap(({ optionalDependencies = {} }) => Object.entries(optionalDependencies))
      .filter(([name, version]) => /-(darwin|linux|win32)-/.test(name) && /^\d/.test(version));
    const locked = new Set(Object.keys(packages).map((path) => path.slice(path.lastIndexOf("node_modules/") + 13)));
    expect(native.length).toBeGreaterThan(10);
    expect(native.filter(([name]) => !locked.has(name)).map(([name]) => name)).toEqual([]);
  });
});
