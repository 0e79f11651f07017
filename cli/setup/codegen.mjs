// `npm run codegen`: prints the schemas, generates types from them, writes the errors page. `--check` only compares.
// Needs a built program (npm runs prepare.mjs first).
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { root, runNodeQuietly, say } from "./run-tool.mjs";

const printed = join(root, "node_modules", ".cache", "onefold", "codegen");
const command = join(root, "dist", "cli", "main.js");
const errorsPage = join(root, "docs", "08-errors.md");

const checking = process.argv.includes("--check");

printSchemas();
const typesFail = generateTypes() !== 0;
const pageFails = await writeErrorsPage();
if (checking && (typesFail || pageFails))
  say("generated files are stale: run `npm run codegen` and commit what changes");
if (typesFail || pageFails) process.exitCode = 1;

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

/** Answers whether the page was found stale. */
async function writeErrorsPage() {
  const { renderErrorsPage } = await import(pathToFileURL(join(root, "dist", "cli", "setup", "errors-page.js")).href);
  const page = renderErrorsPage();
  if (checking) return readText(errorsPage) !== page;
  writeFileSync(errorsPage, page);
  return false;
}

function readText(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
