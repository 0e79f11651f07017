// Makes a clone ready to run: checks the machine, installs packages, builds. Says nothing when nothing is to do.
// `npm start`, `npm test`, `npm run build`, `npm run bench` and `npm run codegen` run it first. Node built-ins only.
import { buildProgram } from "./build-program.mjs";
import { refuseMachine, thisMachine } from "./check-machine.mjs";
import { installPackages } from "./install-packages.mjs";
import { say } from "./run-tool.mjs";

/** For code generation, which mends type errors by writing the generated files that are missing or stale. */
const despiteTypes = process.argv.includes("--despite-types");

const refusal = refuseMachine(thisMachine()) ?? (await installPackages()) ?? (await buildProgram({ despiteTypes }));
if (refusal !== undefined) {
  say(refusal);
  process.exitCode = 1;
}
