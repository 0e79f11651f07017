/** Looks into the data directory of an embedded instance that has ended. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { builtSource } from "../../support/built-sources.ts";
import { ledgerDomains } from "./embedded-deployment.ts";

const run = promisify(execFile);

export interface Lag {
  readonly end: number;
  readonly stateTo: number;
}

export interface Dump {
  readonly hash: string;
  /** Of DWD. */
  readonly rows: number;
  readonly ids: number;
  readonly quarantined: readonly string[];
}

/** Appends the lines of a file to the log. */
export async function fillLog(dataDir: string, file: string): Promise<void> {
  await inspect(dataDir, "fill", file);
}

export async function inspectLag(dataDir: string): Promise<Lag> {
  return (await inspect(dataDir, "lag")) as Lag;
}

export async function inspectDump(dataDir: string): Promise<Dump> {
  return (await inspect(dataDir, "dump")) as Dump;
}

async function inspect(dataDir: string, ...what: readonly string[]): Promise<unknown> {
  const program = fileURLToPath(await builtSource("tests/faults/programs/inspect-data-dir.ts"));
  const { stdout } = await run(process.execPath, [program, ledgerDomains, dataDir, ...what]);
  return JSON.parse(stdout) as unknown;
}
