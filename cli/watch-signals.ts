/** Ctrl-C and SIGTERM as one abort signal; asked for again, the process ends at once. */
import { exitCodes } from "./exit-codes.ts";

/** A terminal signals the whole process group, and npm hands its own signal on: within this time both mean once. */
const SAME_MS = 500;

export function watchSignals(): AbortSignal {
  const controller = new AbortController();
  let first: number | null = null;
  const onSignal = (): void => {
    const now = performance.now();
    if (first !== null && now - first > SAME_MS) process.exit(exitCodes.interrupted.code);
    first ??= now;
    controller.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return controller.signal;
}
