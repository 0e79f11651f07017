/** The sources as JavaScript that Node runs without jest: for worker threads and child processes of tests. */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { transform } from "@swc/core";

const root = join(import.meta.dirname, "../..");

/** Compiled sources are kept by the hash of what they were compiled from; packages resolve from there as from the root. */
const cache = join(root, "node_modules/.cache/onefold-built-sources");

/** What a test may run outside jest: every room, the support files of tests, and the simulation. */
const folders = [
  "cli",
  "gateway",
  "ingest",
  "schema",
  "stores",
  "subgraphs",
  "tests/contracts",
  "tests/faults/programs",
  "tests/ingest/fixtures",
  "tests/simulation",
  "tests/support",
];

const compilation = {
  swcrc: false,
  sourceMaps: "inline",
  jsc: {
    target: "es2022",
    parser: { syntax: "typescript", explicitResourceManagement: true },
    keepClassNames: true,
    rewriteRelativeImportExtensions: true,
  },
  module: { type: "es6" },
} as const;

let built: Promise<string> | undefined;

/** The compiled form of one source file, given by its path from the root: `builtSource("stores/embedded/x.ts")`. */
export async function builtSource(path: string): Promise<URL> {
  built ??= buildSources();
  return pathToFileURL(join(await built, path.replace(/\.ts$/, ".js")));
}

async function buildSources(): Promise<string> {
  const paths = (await Promise.all(folders.map(listSources))).flat().sort();
  const sources = await Promise.all(
    paths.map(async (path) => ({ path, text: await readFile(join(root, path), "utf8") })),
  );
  const hash = createHash("sha256");
  for (const { path, text } of sources) hash.update(`${path}\0${text}\0`);
  const target = join(cache, hash.digest("hex").slice(0, 24));
  if (await exists(target)) return target;

  const draft = `${target}.${process.pid}`;
  for (const { path, text } of sources) {
    const isCode = path.endsWith(".ts");
    const file = join(draft, path.replace(/\.ts$/, ".js"));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, isCode ? (await transform(text, { ...compilation, filename: path })).code : text);
  }
  await writeFile(join(draft, "package.json"), '{ "type": "module" }\n');
  // Another test process may have been faster: its result is the same.
  await rename(draft, target).catch(async (error: unknown) => {
    await rm(draft, { recursive: true, force: true });
    if (!(await exists(target))) throw error;
  });
  return target;
}

async function listSources(folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter(
      (entry) => entry.isFile() && /\.(ts|cjs|graphql|lua|json)$/.test(entry.name) && !entry.name.endsWith(".test.ts"),
    )
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
}

async function exists(path: string): Promise<boolean> {
  return (await readdir(path).catch(() => [])).length > 0;
}
