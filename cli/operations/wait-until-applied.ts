/** Waits until the stores include what the log holds, as long as ingest moves or may move again. */
import type { CursorVector } from "../../schema/cursor.ts";
import { OnefoldError } from "../../schema/errors.ts";
import type { Engine } from "../profiles/engine.ts";
import { standstillReason } from "./standstill-reason.ts";

/** How long ingest may stand still, unwell or unseen, before a wait is given up. */
const STANDSTILL_MS = 60_000;
const STEP_MS = 250;

/**
 * Resolves when all stores include `cursor`. `onStep` is called a few times a second, with why it does not go on, if it
 * does not.
 * @throws OnefoldError WAIT_TIMEOUT when ingest has been unwell for a minute without a step, or runs in other processes,
 * none of which has made a step for a minute
 */
export async function waitUntilApplied(
  engine: Pick<Engine, "waitFor" | "health" | "onProgress" | "ingestsHere">,
  cursor: CursorVector,
  options: {
    readonly signal: AbortSignal;
    readonly onStep?: (reason: string | null) => void | Promise<void>;
    /** Of what is waited for, in a refusal. @default that the events are in the log */
    readonly standing?: string;
  },
): Promise<void> {
  const { signal, standing = "The events are in the log" } = options;
  let lastMove = performance.now();
  const stopListening = engine.onProgress(() => (lastMove = performance.now()));
  try {
    while (!(await engine.waitFor(cursor, "all", STEP_MS, signal))) {
      signal.throwIfAborted();
      const health = engine.health();
      const stoodMs = performance.now() - lastMove;
      const reason = health.status === "ok" ? standstillReason(engine, stoodMs) : health.reasons.join(" ");
      if (reason === null) lastMove = Math.max(lastMove, performance.now() - STANDSTILL_MS / 2);
      else if (stoodMs > STANDSTILL_MS) {
        throw new OnefoldError("WAIT_TIMEOUT", `${standing}, but ingest stands still: ${reason}`);
      }
      await options.onStep?.(reason);
    }
    signal.throwIfAborted();
  } finally {
    stopListening();
  }
}
