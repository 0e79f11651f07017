/** The `onefold` command line: all commands, put together. */
import { Command } from "commander";
import { addBackupCommands } from "./commands/backup.ts";
import { addCheckCommand } from "./commands/check.ts";
import { refuseInOneLine, type CommandContext } from "./commands/command-context.ts";
import { addConfigCommands } from "./commands/config.ts";
import { addDoctorCommand } from "./commands/doctor.ts";
import { addGatewayCommand } from "./commands/gateway.ts";
import { addGenerateCommand } from "./commands/generate.ts";
import { addGenerationsCommands } from "./commands/generations.ts";
import { addIngestCommands } from "./commands/ingest.ts";
import { addLagCommand } from "./commands/lag.ts";
import { addPlanCommand } from "./commands/plan.ts";
import { addPrintCommands } from "./commands/print.ts";
import { addQuarantineCommands } from "./commands/quarantine.ts";
import { addReplayCommand } from "./commands/replay.ts";
import { addServicesCommands } from "./commands/services.ts";
import { addStartCommand } from "./commands/start.ts";
import { addStatusCommand } from "./commands/status.ts";
import { exitCodes } from "./exit-codes.ts";
import { readVersion } from "./read-version.ts";

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
  addGatewayCommand(program, context);
  addIngestCommands(program, context);
  addGenerateCommand(program, context);
  addReplayCommand(program, context);
  addGenerationsCommands(program, context);
  addQuarantineCommands(program, context);
  addStatusCommand(program, context);
  addLagCommand(program, context);
  addDoctorCommand(program, context);
  addBackupCommands(program, context);
  addCheckCommand(program, context);
  addPlanCommand(program, context);
  addPrintCommands(program, context);
  addConfigCommands(program, context);
  addServicesCommands(program, context);
  return program;
}

function describeExitCodes(): string {
  const lines = Object.values(exitCodes).map(({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`);
  return `Exit codes:\n${lines.join("\n")}\n`;
}
