/** `onefold start`: everything in one process, until Ctrl-C. */
import type { Command } from "commander";
import type { ServeFlags } from "../config.ts";
import { addCommand, type CommandContext } from "./command-context.ts";
import { addDataDirFlag, addDomainsFlag } from "./shared-flags.ts";

export function addStartCommand(program: Command, context: CommandContext): void {
  const command = addCommand(program, "start", {
    description: "Run everything in one process: ingest, stores, subgraphs and the gateway.",
    examples: [
      ["onefold start", "the sample domains with live sample traffic, on http://127.0.0.1:4000"],
      ["onefold start --domains ./domains --data-dir ./data --no-generate", "your own domains, and only your own data"],
    ],
  });
  command
    .option("--port <n>", "where to listen; 0: any free port; also PORT (default: 4000)")
    .option("--host <host>", "the address to listen on; also HOST (default: 127.0.0.1)")
    .option(
      "--cors-origin <origin>",
      "pages of this origin may call; repeatable; also ONEFOLD_CORS_ORIGINS (default: any on this machine)",
      (origin: string, all: readonly string[] | undefined) => [...(all ?? []), origin],
    )
    .option("--no-generate", "without live sample traffic")
    .option("--rate <n>", "events a second of live sample traffic; also ONEFOLD_RATE (default: 40)")
    .option(
      "--log-level <level>",
      "fatal, error, warn, info, debug, trace or silent; also ONEFOLD_LOG_LEVEL (default: info)",
    );
  addDomainsFlag(addDataDirFlag(command)).action((flags: ServeFlags) => start(flags, context));
}

async function start(flags: ServeFlags, { terminal, surroundings, signal }: CommandContext): Promise<void> {
  const { readServeConfig } = await import("../config.ts");
  const config = readServeConfig(flags, surroundings);
  const { readDeclarations } = await import("../declarations.ts");
  const platform = await readDeclarations(config.domains);
  const { createInstanceLogger } = await import("../instance/create-instance-logger.ts");
  const { describeStart, warnAboutHost } = await import("../instance/describe-start.ts");
  const { runInstance } = await import("../instance/run-instance.ts");
  const { print } = await import("../output/terminal.ts");
  const logger = createInstanceLogger({ level: config.logLevel, stream: terminal.stderr });
  const warning = warnAboutHost(config.host);
  if (warning !== null) logger.warn({}, warning);
  await runInstance(config, {
    platform,
    logger,
    signal,
    onWait: ({ command, pid }) =>
      logger.info({}, `Waiting for ${command} (process ${pid}), which has the data directory.`),
    onReady: (started) => print(terminal.stdout, describeStart(config, started)),
  });
}
