// Builds the program into dist/: compiles TypeScript, copies what the program reads, links the command. Only if needed.
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { refuseDisk } from "./check-machine.mjs";
import { root, runNode, say } from "./run-tool.mjs";

const dist = join(root, "dist");
const stampFile = join(dist, ".build-stamp");
const compilerRecord = join(dist, ".tsbuildinfo");
const command = join(dist, "cli", "main.js");
const commandLink = join(root, "node_modules", ".bin", "onefold");
const commandTarget = "../../dist/cli/main.js";

/** The folders that the program consists of. In them, whatever is neither TypeScript nor text for people is copied. */
const programFolders = ["schema", "stores", "ingest", "subgraphs", "gateway", "client", "console", "cli", "bench"];
const notCopied = /\.(ts|tsx|mts|mjs|md)$/;
const settings = [
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "tsconfig.build.json",
  "cli/setup/build-program.mjs",
];

/**
 * Builds when a source changed since the last complete build. Answers an error line, or `undefined`. The stamp is taken
 * before the build and written after it: a change meanwhile, or a kill, leads to another build. With `despiteTypes` a
 * build with type errors is good enough for once: types may be wrong just because generated files are not there yet.
 */
export async function buildProgram({ despiteTypes = false } = {}) {
  const sources = programFolders.flatMap((folder) => listFiles(folder));
  const stamp = stampOf([...sources, ...settings]);
  const complete = outputsOf(sources).every((path) => fs.existsSync(join(dist, path)));
  if (complete && readText(stampFile) === stamp && isLinked()) return undefined;
  const refusal = refuseDisk(root, "build");
  if (refusal !== undefined) return refusal;

  say("building …");
  const started = Date.now();
  fs.mkdirSync(dist, { recursive: true });
  fs.rmSync(stampFile, { force: true });
  // Where an output is missing, dist/ may not be what the compiler's record takes it for: it then starts afresh.
  if (!complete) fs.rmSync(compilerRecord, { force: true });
  const code = await compile();
  if (code !== 0 && !despiteTypes) return "the build failed (TypeScript's messages stand above).";
  copyAssets(assetsOf(sources));
  removeOrphans(new Set(outputsOf(sources)));
  linkCommand();
  if (code === 0) fs.writeFileSync(stampFile, stamp);
  say(`built in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return undefined;
}

/** What a complete build leaves in dist/. */
function outputsOf(sources) {
  // Declarations are for who imports `onefold/gateway`.
  const compiled = sources
    .filter((path) => path.endsWith(".ts"))
    .flatMap((path) => [path.replace(/\.ts$/, ".js"), path.replace(/\.ts$/, ".d.ts")]);
  return [...compiled, ...assetsOf(sources)];
}

function assetsOf(sources) {
  return sources.filter((path) => !notCopied.test(path));
}

function compile() {
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  return runNode(compiler, ["-p", "tsconfig.build.json"], { still: "still building …" });
}

/** Name, size and time of change of each file: enough to notice an edit, and quick over hundreds of files. */
function stampOf(paths) {
  const hash = createHash("sha256");
  for (const path of paths) {
    const { size, mtimeMs } = fs.statSync(join(root, path));
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  }
  return hash.digest("hex");
}

function copyAssets(assets) {
  for (const path of assets) {
    const target = join(dist, path);
    fs.mkdirSync(dirname(target), { recursive: true });
    fs.copyFileSync(join(root, path), target);
  }
}

/** Removes what a source that no longer exists left in dist/, so that nothing can import it. */
function removeOrphans(outputs) {
  for (const path of listFiles("", dist)) {
    if (!path.startsWith(".") && !outputs.has(path.replace(/\.map$/, ""))) fs.rmSync(join(dist, path));
  }
}

/** `npx onefold` in a clone: npm finds the command in node_modules/.bin, as if Onefold were one of its own packages. */
function linkCommand() {
  if (!fs.existsSync(command)) return;
  fs.chmodSync(command, 0o755);
  if (isLinked()) return;
  fs.mkdirSync(dirname(commandLink), { recursive: true });
  fs.rmSync(commandLink, { force: true });
  fs.symlinkSync(commandTarget, commandLink);
}

function isLinked() {
  return !fs.existsSync(command) || readLink(commandLink) === commandTarget;
}

/** All files below a folder, relative to `base`, sorted; a folder that does not exist is empty. */
function listFiles(folder, base = root) {
  const here = join(base, folder);
  if (!fs.existsSync(here)) return [];
  const entries = fs.readdirSync(here, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    return entry.isDirectory() ? listFiles(path, base) : [path];
  });
}

function readText(file) {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function readLink(file) {
  try {
    return fs.readlinkSync(file);
  } catch {
    return undefined;
  }
}
