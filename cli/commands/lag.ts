/** `onefold lag`: how far each store is behind the log, once or again and again. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import type { StoreLag } from "../operations/measure-lag.ts";
import type { LagReport } from "../operations/operation.ts";
import { formatCount } from "../output/format-number.ts";
import { formatTable } from "../output/format-table.ts";
import { addCommand, commandPath, type CommandContext } from "./command-context.ts";
import { addOperationFlags, type OperationFlags } from "./shared-flags.ts";

interface LagFlags extends OperationFlags {
  readonly watch?: boolean;
}

const EVERY_MS = 2_000;

export function addLagCommand(program: Command, context: CommandContext): void {
  const command = addCommand(program, "lag", {
    description: "Tell how far each store is behind the log: by source and partition, in events and in seconds.",
    examples: [
      ["onefold lag", "once"],
      ["onefold lag --watch", "every two seconds, until Ctrl-C"],
    ],
  });
  command.option("--watch", "again every two seconds, until Ctrl-C; with --json a line each time");
  addOperationFlags(command).action(async (flags: LagFlags) => {
    const { answerOperation } = await import("./answer-operation.ts");
    const answer = { command: commandPath(command), flags, describe };
    do {
      await answerOperation<LagReport>(context, { kind: "lag" }, answer);
      if (flags.watch === true) await sleep(EVERY_MS, undefined, { signal: context.signal });
    } while (flags.watch === true);
  });
}

function describe({ generation, partitions }: LagReport): string {
  const columns = [
    { title: "source" },
    { title: "partition", align: "right" },
    { title: "log end", align: "right" },
    { title: "state", align: "right" },
    { title: "behind", align: "right" },
    { title: "series", align: "right" },
    { title: "behind", align: "right" },
  ] as const;
  const rows = partitions.map(({ source, partition, end, state, series }) => [
    ...[source, String(partition), formatCount(end)],
    ...[formatCount(state.reached), describeLag(state), formatCount(series.reached), describeLag(series)],
  ]);
  return `models of generation ${generation}\n\n${formatTable(columns, rows)}`;
}

/** `0`, or `1,204 (3.1 s)` */
function describeLag({ events, seconds }: StoreLag): string {
  if (events === 0) return "0";
  return `${formatCount(events)} (${seconds === null ? "?" : seconds.toFixed(1)} s)`;
}
