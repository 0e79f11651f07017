/** `onefold backup` and `onefold restore`: a data directory goes to a folder or one file, and comes back. */
import { resolve } from "node:path";
import type { Command } from "commander";
import type { BackupResult } from "../operations/operation.ts";
import { formatCounted } from "../output/format-number.ts";
import { print } from "../output/terminal.ts";
import { addCommand, commandPath, type CommandContext } from "./command-context.ts";
import { addConfigFlag, addDataDirFlag, addJsonFlag, addOperationFlags, type OperationFlags } from "./shared-flags.ts";

export function addBackupCommands(program: Command, context: CommandContext): void {
  addBackup(program, context);
  addRestore(program, context);
}

function addBackup(program: Command, context: CommandContext): void {
  const command = addCommand(program, "backup", {
    description: "Copy all data to a new folder, or to one file: consistent in itself, also while an instance runs.",
    examples: [
      ["onefold backup /backup/monday", "a folder, with a manifest and checksums"],
      ["onefold backup /backup/monday.tar", "the same in one file"],
    ],
  });
  command.argument("<target>", "a folder that does not exist yet, or a new file whose name ends with .tar");
  addOperationFlags(command).action(async (target: string, flags: OperationFlags) => {
    const { answerOperation } = await import("./answer-operation.ts");
    const request = { kind: "backup", path: resolve(context.surroundings.cwd, target) } as const;
    await answerOperation<BackupResult>(context, request, { command: commandPath(command), flags, describe });
  });
}

function describe({ path, generation, events, bytes, seconds }: BackupResult): string {
  const what = `${formatCounted(events, "event")}, models of generation ${generation}, ${formatMiB(bytes)}`;
  return `${path}: ${what}, in ${seconds.toFixed(1)} s. \`onefold restore\` makes a data directory of it.`;
}

function addRestore(program: Command, context: CommandContext): void {
  const command = addCommand(program, "restore", {
    description: "Make a new data directory out of a backup, after checking all of it.",
    examples: [["onefold restore /backup/monday --data-dir ./restored", "then: onefold start --data-dir ./restored"]],
  });
  command.argument("<source>", "the folder or file that `onefold backup` made");
  addJsonFlag(addConfigFlag(addDataDirFlag(command))).action((source: string, flags: OperationFlags) =>
    restore(source, flags, context),
  );
}

async function restore(source: string, flags: OperationFlags, context: CommandContext): Promise<void> {
  const { terminal, surroundings, signal } = context;
  const { readConfig } = await import("../config.ts");
  const { restoreFrom } = await import("../backup/restore-from.ts");
  const { dataDir } = readConfig(flags, surroundings);
  const report = (step: string): void => print(terminal.stderr, `onefold: ${step} …`);
  const manifest = await restoreFrom(resolve(surroundings.cwd, source), dataDir, { report, signal });
  const { generation, madeAt, partitions } = manifest;
  const events = Object.values(partitions).reduce((sum, { end }) => sum + end, 0);
  const result = { dataDir, generation, events, madeAt };
  const text = `${dataDir} is as it was at ${madeAt}: ${formatCounted(events, "event")}, models of generation ${generation}.`;
  print(terminal.stdout, flags.json === true ? JSON.stringify(result) : text);
}

function formatMiB(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}
