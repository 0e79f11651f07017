/** `onefold doctor`: looks at everything that an instance needs, and says what is wrong and what to do. */
import type { Command } from "commander";
import type { CheckReport, DoctorReport } from "../doctor/check.ts";
import { formatTable } from "../output/format-table.ts";
import { print } from "../output/terminal.ts";
import { addCommand, Finished, type CommandContext } from "./command-context.ts";
import { addOperationFlags, type OperationFlags } from "./shared-flags.ts";

export function addDoctorCommand(program: Command, context: CommandContext): void {
  const command = addCommand(program, "doctor", {
    description: "Look at all that an instance needs: what is wrong, where, and what to do about it.",
    examples: [
      ["onefold doctor", "the data directory, its disk and its stores; or Kafka, Redis and ClickHouse"],
      ["onefold doctor --json", "for a program; the exit code is 1 where something failed"],
    ],
  });
  addOperationFlags(command).action((flags: OperationFlags) => examine(flags, context));
}

/** @throws Finished with exit code 1 where a check failed */
async function examine(flags: OperationFlags, { terminal, surroundings, signal }: CommandContext): Promise<void> {
  const { readStartConfig } = await import("../config.ts");
  const { chooseChecks } = await import("../doctor/choose-checks.ts");
  const { runChecks } = await import("../doctor/check.ts");
  const report = await runChecks(await chooseChecks(readStartConfig(flags, surroundings)), { signal });
  print(terminal.stdout, flags.json === true ? JSON.stringify(report) : describe(report));
  if (!report.ok) throw new Finished("failed");
}

function describe({ checks }: DoctorReport): string {
  const columns = [{ title: "check" }, { title: "" }, { title: "found", maxWidth: 100 }] as const;
  const rows = checks.map(({ name, outcome, detail }) => [name, outcome === "failed" ? "FAILED" : outcome, detail]);
  const todo = checks.filter(({ remedy }) => remedy !== null).map(describeRemedy);
  return [formatTable(columns, rows), ...todo].join("\n\n");
}

/** What, where, and what to do. */
function describeRemedy({ name, where, outcome, detail, remedy }: CheckReport): string {
  return `${outcome === "failed" ? "FAILED" : "warning"}: ${name}, ${where}\n  ${detail}\n  ${remedy ?? ""}`;
}
