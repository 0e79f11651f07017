/** Why nothing seems to be done where other processes do it. */
import type { Engine } from "../profiles/engine.ts";

/** How long ingest of other processes may stand still before that is told. */
const TELL_AFTER_MS = 5_000;

/** Null where ingest runs in this process, which tells its faults itself, or where it has moved of late. */
export function standstillReason({ ingestsHere }: Pick<Engine, "ingestsHere">, stoodMs: number): string | null {
  if (ingestsHere || stoodMs < TELL_AFTER_MS) return null;
  return `Nothing has been applied for ${String(Math.round(stoodMs / 1000))} s. Does a process with the role ingest run?`;
}
