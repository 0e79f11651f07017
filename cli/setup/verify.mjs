// `npm test`: every check in order, stopping at the first that fails. The last line is always `N passed, N failed`.
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { root, runNode } from "./run-tool.mjs";

const jestReport = join(root, "node_modules", ".cache", "onefold", "jest.json");

const tool = (path) => join(root, "node_modules", path);

/** Cheap before dear: whoever wrote a typing error should not wait for the scenarios to learn it. */
const steps = [
  { name: "format", run: () => runNode(tool("prettier/bin/prettier.cjs"), ["--check", "--log-level=warn", "."]) },
  { name: "types", run: () => runNode(tool("typescript/bin/tsc"), ["--noEmit"]) },
  { name: "lint", run: () => runNode(tool("eslint/bin/eslint.js"), ["."]) },
  { name: "generated files are current", run: () => runNode(join(root, "cli/setup/codegen.mjs"), ["--check"]) },
  { name: "tests", run: runJest },
];

const results = [];
for (const { name, run } of steps) {
  process.stdout.write(`\n── ${name}\n`);
  const started = Date.now();
  const outcome = await run();
  const counted = typeof outcome === "number" ? countStep(outcome) : outcome;
  results.push({ name, ...counted, seconds: ((Date.now() - started) / 1000).toFixed(1) });
  if (counted.failed > 0) break;
}

report();

/** A tool that is not a test runner counts as one test: its exit code says whether it passed. */
function countStep(exitCode) {
  return { passed: exitCode === 0 ? 1 : 0, failed: exitCode === 0 ? 0 : 1, skipped: 0 };
}

/** Runs all of `tests/`. A file that could not be run at all counts as one failure. */
async function runJest() {
  mkdirSync(dirname(jestReport), { recursive: true });
  rmSync(jestReport, { force: true });
  const nodeArguments = ["--experimental-vm-modules", "--no-warnings=ExperimentalWarning"];
  const exitCode = await runNode(tool("jest/bin/jest.js"), ["--json", `--outputFile=${jestReport}`], { nodeArguments });
  const totals = readTotals();
  if (totals === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const failed = totals.numFailedTests + totals.numRuntimeErrorTestSuites;
  // Whatever else makes Jest unhappy (no tests found, a leak that ended it) is not to pass unnoticed.
  const unexplained = exitCode !== 0 && failed === 0 ? 1 : 0;
  return { passed: totals.numPassedTests, failed: failed + unexplained, skipped: totals.numPendingTests };
}

function readTotals() {
  try {
    return JSON.parse(readFileSync(jestReport, "utf8"));
  } catch {
    return undefined;
  }
}

function report() {
  const width = Math.max(...steps.map(({ name }) => name.length));
  process.stdout.write("\n");
  for (const { name } of steps) {
    const result = results.find((candidate) => candidate.name === name);
    process.stdout.write(`${name.padEnd(width)}  ${result === undefined ? "not run" : describe(result)}\n`);
  }
  const total = (key) => results.reduce((sum, result) => sum + result[key], 0);
  process.stdout.write(`\n${total("passed")} passed, ${total("failed")} failed\n`);
  process.exitCode = total("failed") === 0 ? 0 : 1;
}

function describe({ passed, failed, skipped, seconds }) {
  const verdict = failed === 0 ? "ok" : "FAILED";
  const counts = passed + failed > 1 ? ` (${passed} passed, ${failed} failed, ${skipped} skipped)` : "";
  return `${verdict}${counts} in ${seconds} s`;
}
