/** What is installed for running Onefold may be used, changed and passed on by anybody, with one named exception. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { refuseLicences, type Lockfile } from "./licences/refuse-licences.ts";

const root = join(import.meta.dirname, "..");

describe("licences", () => {
  it("of everything that runs are permissive, but for the one exception", () => {
    const lockfile = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as Lockfile;
    expect(refuseLicences(lockfile, installedLicence)).toEqual([]);
  });

  it("are looked up where the lockfile does not say them", () => {
    const lockfile = lockfileOf({ "node_modules/a": { version: "1.0.0" } }, { a: "*" });
    expect(refuseLicences(lockfile, () => "MIT")).toEqual([]);
    expect(refuseLicences(lockfile, () => undefined)).toEqual([expect.stringContaining("a@1.0.0 (a): no licence")]);
  });

  it("of development tools are not asked for", () => {
    const packages = { "node_modules/tool": { version: "1.0.0", license: "GPL-3.0-only" } };
    expect(refuseLicences(lockfileOf(packages, {}), () => undefined)).toEqual([]);
  });

  it("are refused with the way by which the package came in", () => {
    const packages = {
      "node_modules/a": { version: "1.0.0", license: "MIT", dependencies: { b: "^2.0.0" } },
      "node_modules/a/node_modules/b": { version: "2.0.0", license: "AGPL-3.0" },
      "node_modules/b": { version: "1.0.0", license: "ISC" },
    };
    expect(refuseLicences(lockfileOf(packages, { a: "*", b: "*" }), () => undefined)).toEqual([
      expect.stringContaining("b@2.0.0 (a > b): AGPL-3.0"),
    ]);
  });

  it("of optional and peer packages count when these are installed", () => {
    const packages = {
      "node_modules/a": {
        version: "1.0.0",
        license: "MIT",
        optionalDependencies: { native: "*", absent: "*" },
        peerDependencies: { host: "*" },
      },
      "node_modules/native": { version: "1.0.0", license: "SSPL-1.0" },
      "node_modules/host": { version: "1.0.0", license: "BUSL-1.1" },
    };
    expect(refuseLicences(lockfileOf(packages, { a: "*" }), () => undefined)).toHaveLength(2);
  });

  it("offered as a choice need one good side, and as a sum need all", () => {
    const refused = (license: string): number =>
      refuseLicences(lockfileOf({ "node_modules/a": { version: "1.0.0", license } }, { a: "*" }), () => undefined)
        .length;
    expect(refused("(MIT OR GPL-3.0)")).toBe(0);
    expect(refused("(MIT AND BSD-3-Clause)")).toBe(0);
    expect(refused("(MIT AND GPL-3.0)")).toBe(1);
    expect(refused("Elastic-2.0")).toBe(1);
  });

  it("allow the exception only where it was agreed: below @apollo/subgraph", () => {
    const packages = {
      "node_modules/@apollo/federation-internals": { version: "2.0.0", license: "Elastic-2.0" },
      "node_modules/@apollo/subgraph": {
        version: "2.0.0",
        license: "MIT",
        dependencies: { "@apollo/federation-internals": "2.0.0" },
      },
    };
    expect(refuseLicences(lockfileOf(packages, { "@apollo/subgraph": "*" }), () => undefined)).toEqual([]);
    expect(refuseLicences(lockfileOf(packages, { "@apollo/federation-internals": "*" }), () => undefined)).toHaveLength(
      1,
    );
  });
});

function lockfileOf(packages: Lockfile["packages"], dependencies: Readonly<Record<string, string>>): Lockfile {
  return { packages: { ...packages, "": { dependencies } } };
}

/** The licence that the installed package itself declares. */
function installedLicence(path: string): string | undefined {
  const manifest = JSON.parse(readFileSync(join(root, path, "package.json"), "utf8")) as { readonly license?: string };
  return manifest.license;
}
