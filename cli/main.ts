#!/usr/bin/env -S node --max-semi-space-size=32 --no-parallel-scavenge
/** The `onefold` command: runs one command line and ends with a documented exit code. */
import { surroundings } from "./config.ts";
import { commandPath, Finished } from "./commands/command-context.ts";
import { exitCodeOf, exitCodes } from "./exit-codes.ts";
import { describeError, errorObject } from "./output/describe-error.ts";
import { print } from "./output/terminal.ts";
import { createProgram } from "./program.ts";
import { watchSignals } from "./watch-signals.ts";

const { stdout, stderr, stdin, argv } = process;
const args = argv.slice(2);
// `onefold … | head` is no fault.
stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

const program = createProgram({
  terminal: { stdout, stderr, stdin },
  surroundings: surroundings(),
  signal: watchSignals(),
});
let invoked = program.name();
program.hook("preAction", (_program, command) => void (invoked = commandPath(command)));
try {
  if (args.length === 0) program.outputHelp();
  else await program.parseAsync(args, { from: "user" });
} catch (error) {
  if (error instanceof Finished) {
    process.exitCode = exitCodes[error.exit].code;
  } else {
    print(stderr, describeError(error, invoked));
    if (args.includes("--json")) print(stdout, JSON.stringify(errorObject(error)));
    process.exitCode = exitCodeOf(error);
  }
}
// What a library may have left behind does not keep a finished command from ending.
setTimeout(() => process.exit(), 1_000).unref();
