/** The rules of the house, held against every TypeScript file of the repository. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { checkFile, importsOf, type SourceFile } from "./architecture/check-file.ts";
import { packageName } from "./architecture/import-rule.ts";

const root = join(import.meta.dirname, "..");
const skippedFolders = new Set(["node_modules", "dist", "coverage", "generated"]);
const files = readSources("");

describe("the house", () => {
  it("is looked at as a whole", () => {
    expect(files.map((file) => file.path)).toEqual(
      expect.arrayContaining(["schema/cursor.ts", "tests/architecture.test.ts"]),
    );
  });

  it("keeps every rule in every file", () => {
    expect(files.flatMap(checkFile)).toEqual([]);
  });

  it("names @apollo/subgraph in one file only", () => {
    const importers = files.filter((file) => importsOf(file).some((name) => packageName(name) === "@apollo/subgraph"));
    expect(importers.map((file) => file.path).slice(1)).toEqual([]);
  });
});

/** A rule that cannot fail guards nothing: each example breaks one rule, and is told so. */
describe("the check", () => {
  const refused: readonly (readonly [claim: string, path: string, code: string, reason: string])[] = [
    ["schema imports nothing", "schema/a.ts", 'import { b } from "../ingest/b.ts";', "no other room"],
    ["a port knows no adapter", "stores/ports/a.ts", 'import type { B } from "../memory/b.ts";', "only schema"],
    ["ingest knows no adapter", "ingest/a.ts", 'import { b } from "../stores/embedded/b.ts";', "stores/ports, schema"],
    ["ingest knows no subgraph", "ingest/deep/a.ts", 'export * from "../../subgraphs/b.ts";', "ingest may import"],
    ["subgraphs know no gateway", "subgraphs/a.ts", 'import("../gateway/b.ts");', "subgraphs may import"],
    ["the gateway reads no store", "gateway/a.ts", 'import "../stores/ports/state-store.ts";', "change-feed.ts"],
    ["a domain knows no other", "subgraphs/content/a.ts", 'import "../consumer/b.ts";', "the domain content does not"],
    ["adapters are strangers", "stores/distributed/a.ts", 'import "../embedded/b.ts";', "stores/distributed may"],
    ["nobody imports cli", "gateway/a.ts", 'import { b } from "../cli/config.ts";', "gateway may import"],
    ["a client stands outside", "client/a.ts", 'import type { B } from "../schema/b.ts";', "no other room"],
    ["only tests import tests", "cli/a.ts", 'import { b } from "../tests/b.ts";', "only tests"],
    ["no own index", "ingest/a.ts", 'import { b } from "./index.ts";', "index of its own folder"],
    ["no room, no file", "lib/a.ts", 'import { b } from "../schema/b.ts";', "no room of the house"],
    ["one home for @apollo/subgraph", "gateway/a.ts", 'import "@apollo/subgraph";', "one file of subgraphs/"],
    ["no Elastic composition", "gateway/a.ts", 'import "@apollo/composition/dist/x.js";', "not used"],
    ["no default export", "schema/a.ts", "export default 1;", "default export"],
    ["no renamed default export", "schema/a.ts", "const a = 1; export { a as default };", "default export"],
    ["no environment", "gateway/a.ts", "export const a = process.env.PORT;", "process.env"],
    ["no imported environment", "cli/start.ts", 'import { env } from "node:process";', "process.env"],
    ["no taken-apart environment", "ingest/a.ts", "const { env } = process;", "process.env"],
    ["no empty names", "schema/string-utils.ts", "export const a = 1;", "says nothing"],
    ["no drawers of types", "schema/types.ts", "export const a = 1;", "says nothing"],
    ["kebab-case names", "schema/eventLog.ts", "export const a = 1;", "kebab-case"],
    ["no monsters", "schema/a.ts", "export const a = 1;\n".repeat(501), "has 501 lines"],
  ];

  it.each(refused)("refuses: %s", (_claim, path, code, reason) => {
    const violations = checkFile({ path, text: `/** An example. */\n${code}\n` });
    expect(violations).toEqual([expect.stringContaining(reason)]);
  });

  it("refuses a file that does not say what it is", () => {
    const violations = checkFile({ path: "schema/a.ts", text: "export const a = 1;\n" });
    expect(violations).toEqual(["schema/a.ts: does not open with a doc comment"]);
  });

  const accepted: readonly (readonly [claim: string, path: string, code: string])[] = [
    ["cli opens everything", "cli/profiles/embedded.ts", 'import("../../stores/embedded/index.ts");'],
    ["cli/config.ts reads the environment", "cli/config.ts", "export const a = process.env.PORT;"],
    ["an adapter implements a port", "stores/memory/a.ts", 'import type { B } from "../ports/b.ts";'],
    ["a domain uses the runtime", "subgraphs/content/a.ts", 'import { b } from "../runtime/b.ts";'],
    ["the gateway follows changes", "gateway/a.ts", 'import type { B } from "../stores/ports/change-feed.ts";'],
    ["types may be a subject", "subgraphs/sdl/root-types.ts", "export const a = 1;"],
    ["comments do not count as lines", "schema/a.ts", "// only words\n".repeat(501)],
    ["words about a rule do not break it", "ingest/a.ts", "// process.env, import('../cli/a.ts'), export default"],
  ];

  it.each(accepted)("accepts: %s", (_claim, path, code) => {
    expect(checkFile({ path, text: `#!/usr/bin/env node\n/** An example. */\n${code}\n` })).toEqual([]);
  });
});

function readSources(folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory())
      return skippedFolders.has(entry.name) || entry.name.startsWith(".") ? [] : readSources(path);
    return /\.m?ts$/.test(entry.name) ? [{ path, text: readFileSync(join(root, path), "utf8") }] : [];
  });
}
