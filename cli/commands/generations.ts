/** `onefold generations`: lists generations of models; goes back to one that was kept, or drops it. */
import type { Command } from "commander";
import { readCount } from "../config.ts";
import type { GenerationList, ReplayResult } from "../operations/operation.ts";
import { formatTable } from "../output/format-table.ts";
import { addCommand, commandPath, type CommandContext } from "./command-context.ts";
import { addOperationFlags, type OperationFlags } from "./shared-flags.ts";

export function addGenerationsCommands(program: Command, context: CommandContext): void {
  const group = addCommand(program, "generations", {
    description: "Generations of models: which one serves, which are built or kept.",
    examples: [["onefold generations list", "what is there"]],
  });
  const list = addCommand(group, "list", {
    description: "List the generations of models.",
    examples: [["onefold generations list --json", "as one JSON object"]],
  });
  addOperationFlags(list).action(async (flags: OperationFlags) => {
    const { answerOperation } = await import("./answer-operation.ts");
    const answer = { command: commandPath(list), flags, describe: describeList };
    await answerOperation<GenerationList>(context, { kind: "generations" }, answer);
  });
  const serve = addCommand(group, "serve", {
    description: "Go back to a kept generation, once it includes what the serving one does.",
    examples: [["onefold generations serve 3", "the one that serves now is kept in its place"]],
  });
  addOperationFlags(serve.argument("<id>", "the generation")).action(async (id: string, flags: OperationFlags) => {
    const { answerOperation } = await import("./answer-operation.ts");
    const request = { kind: "generation-serve", generation: readCount("<id>", id) } as const;
    await answerOperation<ReplayResult>(context, request, {
      command: commandPath(serve),
      flags,
      describe: describeServe,
    });
  });
  const drop = addCommand(group, "drop", {
    description: "Drop a kept generation: it is fed no more, and there is no way back to it.",
    examples: [["onefold generations drop 3", "frees its room"]],
  });
  addOperationFlags(drop.argument("<id>", "the generation")).action(async (id: string, flags: OperationFlags) => {
    const { answerOperation } = await import("./answer-operation.ts");
    const request = { kind: "generation-drop", generation: readCount("<id>", id) } as const;
    await answerOperation<GenerationList>(context, request, {
      command: commandPath(drop),
      flags,
      describe: describeList,
    });
  });
}

function describeList({ generations }: GenerationList): string {
  const rows = generations.map(({ generation, role, declared }) => [String(generation), role, declared ? "yes" : "no"]);
  return formatTable(
    [{ title: "generation", align: "right" }, { title: "role" }, { title: "follows these declarations" }],
    rows,
  );
}

function describeServe({ generation }: ReplayResult): string {
  return `Generation ${generation} serves now; the one before is kept.`;
}
