// `npm run codegen`: prints the schemas, generates types from them, writes pages and the configuration's JSON schema.
// `--check` only compares.
// Needs a built program (npm runs prepare.mjs first).
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { format, resolveConfig } from "prettier";
import { root, runNodeQuietly, say } from "./run-tool.mjs";

const printed = join(root, "node_modules", ".cache", "onefold", "codegen");
const command = join(root, "dist", "cli", "main.js");

/** Files that are rendered from the built program. */
const rendered = [
  ["docs/08-errors.md", async () => (await load("setup/errors-page.js")).renderErrorsPage()],
  ["docs/09-configuration.md", async () => (await load("setup/configuration-page.js")).renderConfigurationPage()],
  [
    "schema/onefold.config.schema.json",
    async () => JSON.stringify((await load("config/json-schema.js")).configJsonSchema()),
  ],
];

const checking = process.argv.includes("--check");

printSchemas();
const typesFail = generateTypes() !== 0;
const stale = await writeRendered();
if (checking && (typesFail || stale)) say("generated files are stale: run `npm run codegen` and commit what changes");
if (typesFail || stale) process.exitCode = 1;

/** `schema/<domain>.graphql` holds the domain of that name. */
function printSchemas() {
  rmSync(printed, { recursive: true, force: true });
  const declarations = readdirSync(join(root, "schema")).filter((file) => file.endsWith(".graphql"));
  for (const domain of declarations.map((file) => basename(file, ".graphql"))) {
    print(["subgraph", domain], join(printed, "subgraphs", `${domain}.graphql`));
  }
  print(["api"], join(printed, "api.graphql"));
}

function print(what, file) {
  mkdirSync(dirname(file), { recursive: true });
  const options = { cwd: root, encoding: "utf8", maxBuffer: 64 * 2 ** 20, stdio: ["ignore", "pipe", "inherit"] };
  writeFileSync(file, execFileSync(process.execPath, [command, "print", ...what], options));
}

function generateTypes() {
  const generator = join(root, "node_modules", "@graphql-codegen", "cli", "esm", "bin.js");
  return runNodeQuietly(generator, ["--config", "codegen.ts", ...(checking ? ["--check"] : [])]);
}

/** Answers whether a file was found stale. */
async function writeRendered() {
  let stale = false;
  for (const [path, render] of rendered) {
    const file = join(root, path);
    const options = await resolveConfig(file);
    const text = await format(await render(), { ...options, filepath: file });
    if (!checking) writeFileSync(file, text);
    else if (readText(file) !== text) stale = true;
  }
  return stale;
}

function load(path) {
  return import(pathToFileURL(join(root, "dist", "cli", path)).href);
}

function readText(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
