/** Flags that several commands have, written once. */
import type { Command } from "commander";

export function addDataDirFlag(command: Command): Command {
  return command.option("--data-dir <dir>", "where the data are kept; also ONEFOLD_DATA_DIR (default: .onefold)");
}

export function addDomainsFlag(command: Command): Command {
  return command.option(
    "--domains <dir>",
    "folder of <domain>.graphql declarations; also ONEFOLD_DOMAINS (default: schema/, or else the samples of Onefold)",
  );
}

export function addConfigFlag(command: Command): Command {
  return command.option(
    "--config <file>",
    "the settings; also ONEFOLD_CONFIG (default: onefold.yaml of the working directory, if there is one)",
  );
}

/** What every command takes that opens the doors of a gateway. */
export function addServeFlags(command: Command): Command {
  return command
    .option("--port <n>", "where to listen; 0: any free port; also PORT (default: 4000)")
    .option("--host <host>", "the address to listen on; also HOST (default: 127.0.0.1)")
    .option(
      "--cors-origin <origin>",
      "pages of this origin may call; repeatable; also ONEFOLD_CORS_ORIGINS (default: any on this machine)",
      gather,
    )
    .option(
      "--trusted-documents <file>",
      "the only documents that run; also ONEFOLD_GATEWAY_TRUSTED_DOCUMENTS (default: any run)",
    )
    .option("--development", "clients may ask for query plans; also ONEFOLD_GATEWAY_DEVELOPMENT")
    .option(
      "--log-level <level>",
      "fatal, error, warn, info, debug, trace or silent; also ONEFOLD_LOG_LEVEL (default: info)",
    );
}

/** For a flag that may be repeated. */
export function gather(value: string, all: readonly string[] | undefined): readonly string[] {
  return [...(all ?? []), value];
}

export function addJsonFlag(command: Command): Command {
  return command.option("--json", "answer with one JSON object on stdout");
}

export interface OperationFlags {
  readonly config?: string;
  readonly dataDir?: string;
  readonly domains?: string;
  readonly json?: boolean;
}

/** What every command that works on the data takes. */
export function addOperationFlags(command: Command): Command {
  return addJsonFlag(addConfigFlag(addDomainsFlag(addDataDirFlag(command))));
}
