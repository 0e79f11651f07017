/** Takes a data directory for this process: made if absent, format checked, nobody else in it. */
import { setTimeout as sleep } from "node:timers/promises";
import { OnefoldError } from "../../schema/errors.ts";
import { claimDataDir, type Owner } from "./data-dir-lock.ts";
import { migrateDataDir, prepareDataDir } from "./data-dir-format.ts";

export interface WaitForOwner {
  /** How long another owner is waited for. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Called once, when it turns out that somebody else is there. */
  readonly onWait?: (owner: Owner) => void;
}

/** @throws OnefoldError STORE_LOCKED, STORE_FORMAT, INPUT_INVALID */
export async function ownDataDir(
  dataDir: string,
  as: Pick<Owner, "kind" | "command">,
  wait: WaitForOwner,
): Promise<AsyncDisposable> {
  const deadline = performance.now() + wait.timeoutMs;
  for (let told = false; ; told = true) {
    const claim = await tryOwnDataDir(dataDir, as);
    if (claim.kind === "owned") return claim.lock;
    // An instance stays until somebody stops it.
    if (claim.owner.kind === "instance" || performance.now() > deadline) throw lockedBy(dataDir, claim.owner);
    if (!told) wait.onWait?.(claim.owner);
    await sleep(100, undefined, { signal: wait.signal });
  }
}

/** Takes it, or says who has it. */
export async function tryOwnDataDir(
  dataDir: string,
  as: Pick<Owner, "kind" | "command">,
): Promise<Awaited<ReturnType<typeof claimDataDir>>> {
  await prepareDataDir(dataDir);
  const claim = await claimDataDir(dataDir, as);
  if (claim.kind === "held") return claim;
  try {
    await migrateDataDir(dataDir);
    return claim;
  } catch (fault) {
    await claim.lock[Symbol.asyncDispose]();
    throw fault;
  }
}

export function lockedBy(dataDir: string, owner: Owner): OnefoldError {
  const message = `The data directory ${dataDir} is in use by process ${owner.pid} (${owner.command}).`;
  return new OnefoldError("STORE_LOCKED", message);
}
