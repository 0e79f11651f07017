// `npm run test:faults`: runs the fault suite and the simulation, in full or `--bounded`, and writes docs/10-faults.md from
// what this run measured, if all of it passed. Node built-ins only.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeReport } from "./write-report.mjs";

const root = join(import.meta.dirname, "../../..");
const full = !process.argv.includes("--bounded");
const results = mkdtempSync(join(tmpdir(), "onefold-faults-"));

const code = await runJest(["tests/faults", "tests/simulation"]);
if (code === 0) await writeReport(results);
else console.error("The fault suite failed: docs/10-faults.md stays as it was.");
rmSync(results, { recursive: true });
process.exitCode = code;

/** One file at a time: the faults share one machine. What is missing here fails, so that nothing is left out in silence. */
function runJest(paths) {
  const jest = join(root, "node_modules/jest/bin/jest.js");
  const flags = ["--experimental-vm-modules", "--no-warnings=ExperimentalWarning", jest, "--runInBand", ...paths];
  const env = {
    ...process.env,
    ONEFOLD_FAULTS: full ? "full" : "bounded",
    ONEFOLD_FAULT_RESULTS: results,
    ONEFOLD_REQUIRE_SERVICES: "1",
  };
  const child = spawn(process.execPath, flags, { cwd: root, env, stdio: "inherit" });
  return new Promise((resolve) => {
    child.on("exit", (exitCode, signal) => {
      if (signal !== null) console.error(`The tests were ended by ${signal}.`);
      resolve(exitCode ?? 1);
    });
  });
}
