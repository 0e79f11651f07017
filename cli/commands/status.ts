/** `onefold status`: health, what the log holds, and how far the stores are behind. */
import type { Command } from "commander";
import type { PlatformStatus } from "../operations/operation.ts";
import { formatCount } from "../output/format-number.ts";
import { formatTable } from "../output/format-table.ts";
import { addCommand, commandPath, type CommandContext } from "./command-context.ts";
import { addOperationFlags, type OperationFlags } from "./shared-flags.ts";

export function addStatusCommand(program: Command, context: CommandContext): void {
  const command = addCommand(program, "status", {
    description: "Tell health, what the log holds of each source, and how far the stores are behind.",
    examples: [["onefold status", "of the running instance, or else of the data directory"]],
  });
  addOperationFlags(command).action(async (flags: OperationFlags) => {
    const { answerOperation } = await import("./answer-operation.ts");
    const answer = { command: commandPath(command), flags, describe };
    await answerOperation<PlatformStatus>(context, { kind: "status" }, answer);
  });
}

function describe({ health, generation, sources }: PlatformStatus): string {
  const state = health.status === "ok" ? "ok" : `unavailable: ${health.reasons.join(" ")}`;
  const columns = [
    { title: "source" },
    { title: "domain" },
    { title: "log end", align: "right" },
    { title: "held from", align: "right" },
    { title: "state lag", align: "right" },
    { title: "series lag", align: "right" },
    { title: "quarantined", align: "right" },
  ] as const;
  const rows = sources.map(({ name, domain, partitions, quarantined }) => {
    const sum = (of: (partition: (typeof partitions)[number]) => number): string =>
      formatCount(partitions.reduce((total, partition) => total + of(partition), 0));
    const numbers = [sum(({ end }) => end), sum(({ start }) => start), sum(({ stateLag }) => stateLag)];
    return [name, domain, ...numbers, sum(({ seriesLag }) => seriesLag), formatCount(quarantined)];
  });
  return `health ${state}; ${generation === null ? "models are being rebuilt" : `models of generation ${generation}`}\n\n${formatTable(columns, rows)}`;
}
