/** What commands are given, and how one is made: with an example in its help and one-line refusals of wrong usage. */
import type { Command, CommanderError } from "commander";
import { UsageError, type ExitName } from "../exit-codes.ts";
import type { Surroundings } from "../config.ts";
import type { Terminal } from "../output/terminal.ts";

export interface CommandContext {
  readonly terminal: Terminal;
  readonly surroundings: Surroundings;
  /** Aborts at Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
}

export interface CommandOptions {
  readonly description: string;
  /** Command lines with what they do. */
  readonly examples: readonly (readonly [line: string, what: string])[];
}

/** Adds a command to a group. `usage` is its name and arguments as commander writes them. */
export function addCommand(parent: Command, usage: string, { description, examples }: CommandOptions): Command {
  const command = parent.command(usage).description(description);
  refuseInOneLine(command);
  return command.addHelpText(
    "after",
    `\nExamples:\n${examples.map(([line, what]) => `  $ ${line}\n      ${what}`).join("\n")}`,
  );
}

/** No error: everything is said. Help and version end so with code 0, an answer that means "no" with another. */
export class Finished extends Error {
  override readonly name = "Finished";
  readonly exit: ExitName;

  constructor(exit: ExitName = "ok") {
    super();
    this.exit = exit;
  }
}

export function refuseInOneLine(command: Command): void {
  command.showSuggestionAfterError(true).allowExcessArguments(false);
  command.configureOutput({ outputError: () => undefined });
  command.exitOverride((error: CommanderError) => {
    if (error.exitCode === 0) throw new Finished();
    throw new UsageError(usageMessage(error, command), commandPath(command));
  });
}

function usageMessage({ code, message }: CommanderError, command: Command): string {
  if (code === "commander.help") {
    const names = command.commands.map((each) => each.name()).filter((name) => name !== "help");
    return `One of ${names.join(", ")} must follow ${command.name()}.`;
  }
  const [first = "", ...more] = message.replace(/^error: /, "").split("\n");
  const sentence = `${first.charAt(0).toUpperCase()}${first.slice(1)}`;
  return [sentence.endsWith(".") ? sentence : `${sentence}.`, ...more].join(" ").trim();
}

/** `onefold ingest file` */
export function commandPath(command: Command): string {
  return command.parent === null ? command.name() : `${commandPath(command.parent)} ${command.name()}`;
}
