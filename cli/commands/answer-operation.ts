/** Runs a command's operation, shows its progress on stderr, and writes its result to stdout. */
import { readStartConfig } from "../config.ts";
import type { OperationRequest } from "../operations/operation.ts";
import { runOnStores } from "../operations/run-on-stores.ts";
import { runOperation } from "../operations/run-operation.ts";
import { print } from "../output/terminal.ts";
import { showProgress } from "../output/show-progress.ts";
import type { CommandContext } from "./command-context.ts";
import type { OperationFlags } from "./shared-flags.ts";

export interface Answer<Result> {
  /** `onefold ingest file` */
  readonly command: string;
  readonly flags: OperationFlags;
  /** The result for people. */
  readonly describe: (result: Result) => string;
}

/** The caller knows which result its request has. */
export async function answerOperation<Result>(
  context: CommandContext,
  request: OperationRequest,
  { command, flags, describe }: Answer<Result>,
): Promise<void> {
  const { terminal, surroundings, signal } = context;
  const config = readStartConfig(flags, surroundings);
  const updates =
    config.profile === "distributed"
      ? runOnStores(config, request, { signal, stderr: terminal.stderr })
      : runOperation(config, request, {
          command,
          signal,
          onWait: (owner) =>
            print(
              terminal.stderr,
              `onefold: waiting for ${owner.command} (process ${owner.pid}), which has the data directory …`,
            ),
        });
  const result = (await showProgress(updates, terminal.stderr)) as Result;
  print(terminal.stdout, flags.json === true ? JSON.stringify(result) : describe(result));
}
