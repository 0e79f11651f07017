/** `onefold start`: everything in one process, or the roles of a distributed instance, until Ctrl-C. */
import type { Command } from "commander";
import type { ServeFlags } from "../config.ts";
import type { InstanceDeps } from "../instance/run-instance.ts";
import { addCommand, type CommandContext } from "./command-context.ts";
import { addConfigFlag, addDataDirFlag, addDomainsFlag, addServeFlags, gather } from "./shared-flags.ts";

export function addStartCommand(program: Command, context: CommandContext): void {
  const command = addCommand(program, "start", {
    description: "Run everything in one process: ingest, stores, subgraphs and the gateway; or some of these roles.",
    examples: [
      ["onefold start", "the sample domains with live sample traffic, on http://127.0.0.1:4000"],
      ["onefold start --domains ./domains --data-dir ./data --no-generate", "your own domains, and only your own data"],
      ["onefold start --config onefold.yaml --role ingest", "one role of a distributed instance"],
    ],
  });
  addServeFlags(command)
    .option("--no-generate", "without live sample traffic")
    .option("--rate <n>", "events a second of live sample traffic; also ONEFOLD_RATE (default: 40)")
    .option(
      "--role <role>",
      "all, ingest, subgraph or gateway, on the distributed profile; repeatable, or with commas; also ONEFOLD_ROLES (default: all)",
      gather,
    );
  addConfigFlag(addDomainsFlag(addDataDirFlag(command))).action((flags: ServeFlags) => start(flags, context));
}

async function start(flags: ServeFlags, { terminal, surroundings, signal }: CommandContext): Promise<void> {
  const { readStartConfig } = await import("../config.ts");
  const config = readStartConfig(flags, surroundings);
  const { readDeclarations } = await import("../declarations.ts");
  const platform = await readDeclarations(config.domains);
  const { createInstanceLogger } = await import("../instance/create-instance-logger.ts");
  const { describeStart, warnAboutHost } = await import("../instance/describe-start.ts");
  const { print } = await import("../output/terminal.ts");
  const logger = createInstanceLogger({ level: config.logLevel, stream: terminal.stderr });
  const warning = warnAboutHost(config.host);
  if (warning !== null) logger.warn({}, warning);
  const deps: InstanceDeps = {
    platform,
    logger,
    signal,
    onWait: ({ command, pid }) =>
      logger.info({}, `Waiting for ${command} (process ${pid}), which has the data directory.`),
    onReady: (started) => print(terminal.stdout, describeStart(config, started)),
  };
  if (config.profile === "distributed") {
    const { runDistributed } = await import("../instance/run-distributed.ts");
    return runDistributed(config, deps);
  }
  const { runInstance } = await import("../instance/run-instance.ts");
  await runInstance(config, deps);
}
