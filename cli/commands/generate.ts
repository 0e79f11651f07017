/** `onefold generate`: believable events for the sample domains. */
import type { Command } from "commander";
import { readCount, readRate } from "../config.ts";
import type { GenerateResult } from "../operations/operation.ts";
import { addCommand, commandPath, type CommandContext } from "./command-context.ts";
import { describeIngest } from "./ingest.ts";
import { addOperationFlags, type OperationFlags } from "./shared-flags.ts";

interface GenerateFlags extends OperationFlags {
  readonly events: string;
  readonly seed: string;
  readonly source?: string;
  readonly rate?: string;
}

export function addGenerateCommand(program: Command, context: CommandContext): void {
  const command = addCommand(program, "generate", {
    description: "Make believable events for the sample domains, or random ones for any source.",
    examples: [
      ["onefold generate --events 100000", "as fast as they are taken"],
      ["onefold generate --events 5000 --source user-behavior --seed 7 --rate 200", "200 a second, of one source"],
    ],
  });
  command
    .option("--events <n>", "how many", "10000")
    .option("--seed <n>", "which world they are of: its people, shops and items", "1")
    .option(
      "--source <name>",
      "only events of this source, also of your own domains (default: all of the sample domains)",
    )
    .option("--rate <n>", "events a second (default: as fast as they are taken)");
  addOperationFlags(command).action(async (flags: GenerateFlags) => {
    const { answerOperation } = await import("./answer-operation.ts");
    const request = {
      kind: "generate",
      events: readCount("--events", flags.events),
      seed: readCount("--seed", flags.seed, 0),
      source: flags.source ?? null,
      rate: flags.rate === undefined ? null : readRate("--rate", flags.rate),
    } as const;
    const answer = { command: commandPath(command), flags, describe: describeIngest };
    await answerOperation<GenerateResult>(context, request, answer);
  });
}
