/** Runs a command's operation: through the instance that owns the data directory, or else with an engine of its own. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Config } from "../config.ts";
import { controlPath } from "../control/control-path.ts";
import { requestOperation } from "../control/control-client.ts";
import { lockedBy, tryOwnDataDir } from "../data-dir/own-data-dir.ts";
import type { Owner } from "../data-dir/data-dir-lock.ts";
import { noteDeclared, refuseOtherDeclarations } from "../data-dir/declared-models.ts";
import type { OperationRequest, OperationUpdate } from "./operation.ts";

export interface RunOptions {
  /** What the user typed, for others who find the directory in use: `onefold ingest file`. */
  readonly command: string;
  readonly signal: AbortSignal;
  /** Called once if another command has the directory, which is then waited for. */
  readonly onWait?: (owner: Owner) => void;
  /** How long another command is waited for, or an instance that does not answer yet or any more. @default 60,000 ms */
  readonly waitMs?: number;
}

const EVERY_MS = 100;
const QUIET_MS = 3_000;

/** Ends when the result was yielded and, with an engine of its own, everything is flushed and closed. */
export async function* runOperation(
  config: Config,
  request: OperationRequest,
  options: RunOptions,
): AsyncGenerator<OperationUpdate> {
  const { signal, waitMs = 60_000 } = options;
  const started = performance.now();
  for (let told = false; ;) {
    signal.throwIfAborted();
    const claim = await tryOwnDataDir(config.dataDir, { kind: "command", command: options.command });
    if (claim.kind === "owned") {
      await using _lock = claim.lock;
      yield* runHere(config, request, signal);
      return;
    }
    const updates =
      claim.owner.kind === "instance"
        ? await requestOperation(await controlPath(config.dataDir), request, signal)
        : null;
    if (updates !== null) {
      yield* updates;
      return;
    }
    // An instance that has just started needs a moment before it answers.
    if (!told && (claim.owner.kind === "command" || performance.now() > started + QUIET_MS)) {
      told = true;
      options.onWait?.(claim.owner);
    }
    if (performance.now() > started + waitMs) throw lockedBy(config.dataDir, claim.owner);
    await sleep(EVERY_MS, undefined, { signal });
  }
}

async function* runHere(
  config: Config,
  request: OperationRequest,
  signal: AbortSignal,
): AsyncGenerator<OperationUpdate> {
  const { readDeclarations, openEmbedded, createOperations } = await loadEngine();
  const platform = await readDeclarations(config.domains);
  if (request.kind !== "replay") await refuseOtherDeclarations(config.dataDir, platform, config.domains);
  await noteDeclared(config.dataDir, platform, config.domains);
  await using engine = await openEmbedded({ dataDir: config.dataDir, platform });
  yield* createOperations(engine)(request, signal);
}

/**
 * What a running instance does for a command is not loaded by the command. A function of its own: TypeScript 6.0 leaves
 * the `.ts` of a dynamic import as it is where it stands beside `await using`.
 */
async function loadEngine() {
  const { readDeclarations } = await import("../declarations.ts");
  const { openEmbedded } = await import("../profiles/embedded/embedded.ts");
  const { createOperations } = await import("./perform-operation.ts");
  return { readDeclarations, openEmbedded, createOperations };
}
