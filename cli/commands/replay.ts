/** `onefold replay`: rebuilds all models from history and log, beside those that serve. */
import type { Command } from "commander";
import type { ReplayResult } from "../operations/operation.ts";
import { formatCounted } from "../output/format-number.ts";
import { addCommand, commandPath, type CommandContext } from "./command-context.ts";
import { addOperationFlags, type OperationFlags } from "./shared-flags.ts";

interface ReplayFlags extends OperationFlags {
  readonly keep?: boolean;
}

export function addReplayCommand(program: Command, context: CommandContext): void {
  const command = addCommand(program, "replay", {
    description: "Rebuild all models from history and log, beside those that serve, then switch over.",
    examples: [
      ["onefold replay", "answers stay available meanwhile"],
      ["onefold replay Consumer --keep", "the models before are kept, and fed, to go back to (distributed profile)"],
    ],
  });
  command
    .argument("[model]", "an entity, series, ranking or event that must be declared; all models are rebuilt together")
    .option("--keep", "keep the generation before, to go back to with `onefold generations serve`");
  addOperationFlags(command).action(async (model: string | undefined, flags: ReplayFlags) => {
    const { answerOperation } = await import("./answer-operation.ts");
    const request = { kind: "replay", model: model ?? null, keep: flags.keep ?? false } as const;
    await answerOperation<ReplayResult>(context, request, { command: commandPath(command), flags, describe });
  });
}

function describe({ generation, events, seconds }: ReplayResult): string {
  return `All models were rebuilt from ${formatCounted(events, "log offset")} in ${seconds.toFixed(1)} s; generation ${generation} serves now.`;
}
