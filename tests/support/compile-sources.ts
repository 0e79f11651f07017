/** Compiles the sources to JavaScript, so that tests can start real threads and processes on them without a build. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";

const root = join(import.meta.dirname, "../..");
const cache = join(root, "node_modules/.cache/onefold-tests");
const folders = ["cli", "gateway", "ingest", "schema", "stores", "subgraphs", "tests/processes"];
const keptMs = 24 * 60 * 60 * 1000;

const compilerOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  rewriteRelativeImportExtensions: true,
  verbatimModuleSyntax: true,
  inlineSourceMap: true,
};

/**
 * Answers the folder that holds `tests/processes/x.js` for `tests/processes/x.ts`, and so on for all rooms; packages
 * resolve from there. One folder a state of the sources: it is compiled once, by whichever test comes first.
 */
export function compileSources(): string {
  const files = folders.flatMap(listFiles).map((path) => ({ path, text: readFileSync(join(root, path)) }));
  const hash = createHash("sha256").update(ts.version);
  for (const { path, text } of files) hash.update(path).update("\0").update(text).update("\0");
  const compiled = join(cache, hash.digest("hex").slice(0, 16));
  if (exists(compiled)) return compiled;
  mkdirSync(cache, { recursive: true });
  forgetOld();
  const draft = mkdtempSync(join(cache, "draft-"));
  for (const { path, text } of files) write(join(draft, path), text);
  writeFileSync(join(draft, "package.json"), '{ "type": "module" }');
  try {
    renameSync(draft, compiled);
  } catch (error) {
    // Another test run was faster.
    rmSync(draft, { recursive: true });
    if (!exists(compiled)) throw error;
  }
  return compiled;
}

function write(path: string, text: Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  if (!path.endsWith(".ts")) writeFileSync(path, text);
  else {
    const { outputText } = ts.transpileModule(text.toString("utf8"), { fileName: path, compilerOptions });
    writeFileSync(path.replace(/\.ts$/, ".js"), outputText);
  }
}

function listFiles(folder: string): readonly string[] {
  if (!exists(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? listFiles(path) : [path];
  });
}

function forgetOld(): void {
  for (const name of readdirSync(cache)) {
    const path = join(cache, name);
    if (Date.now() - statSync(path).mtimeMs > keptMs) rmSync(path, { recursive: true, force: true });
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
