/** The `onefold` command line: all commands, put together. */
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { addCheckCommand } from "./commands/check.ts";
import { refuseInOneLine, type CommandContext } from "./commands/command-context.ts";
import { addGenerateCommand } from "./commands/generate.ts";
import { addIngestCommands } from "./commands/ingest.ts";
import { addPrintCommands } from "./commands/print.ts";
import { addQuarantineCommands } from "./commands/quarantine.ts";
import { addReplayCommand } from "./commands/replay.ts";
import { addStartCommand } from "./commands/start.ts";
import { addStatusCommand } from "./commands/status.ts";
import { exitCodes } from "./exit-codes.ts";

export function createProgram(context: CommandContext): Command {
  const program = new Command("onefold");
  refuseInOneLine(program);
  program
    .description("Declare a business domain once in GraphQL SDL; get a real-time pipeline, models and one graph.")
    .version(`onefold ${readVersion()}`, "--version", "print the version")
    .configureHelp({ sortSubcommands: false })
    .addHelpText(
      "after",
      () =>
        `\nExample:\n  $ onefold start\n      everything in one process, on http://127.0.0.1:4000\n\n${describeExitCodes()}`,
    );
  program.configureOutput({
    writeOut: (text) => void context.terminal.stdout.write(text),
    writeErr: () => undefined,
    outputError: () => undefined,
  });
  addStartCommand(program, context);
  addIngestCommands(program, context);
  addGenerateCommand(program, context);
  addReplayCommand(program, context);
  addQuarantineCommands(program, context);
  addStatusCommand(program, context);
  addCheckCommand(program, context);
  addPrintCommands(program, context);
  return program;
}

function describeExitCodes(): string {
  const lines = Object.values(exitCodes).map(({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`);
  return `Exit codes:\n${lines.join("\n")}\n`;
}

/** One folder up from the sources, two from what is built of them. */
export function readVersion(): string {
  for (const path of ["../package.json", "../../package.json"]) {
    try {
      const { version } = JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")) as { version?: unknown };
      if (typeof version === "string") return version;
    } catch {
      // Not there: the other one is.
    }
  }
  return "unknown";
}
