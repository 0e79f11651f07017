/** Shows an operation's progress while it runs, and gives its result. */
import type { Progress, ProgressRenderer } from "../../ingest/progress.ts";
import type { OperationUpdate } from "../operations/operation.ts";

type ProgressUpdate = Extract<OperationUpdate, { kind: "progress" }>;

/** Each step has a bar of its own. */
export async function showProgress(
  updates: AsyncIterable<OperationUpdate>,
  stream: NodeJS.WritableStream & { readonly isTTY?: boolean },
): Promise<unknown> {
  let step: string | null = null;
  let renderer: ProgressRenderer | null = null;
  let result: unknown;
  try {
    for await (const update of updates) {
      if (update.kind === "result") {
        result = update.result;
        continue;
      }
      if (renderer === null || step !== update.step) {
        renderer?.stop();
        // Only long work needs the library.
        const { createProgressRenderer } = await import("../../ingest/progress.ts");
        const clock = (): number => performance.now();
        step = update.step;
        renderer = createProgressRenderer({ label: step, stream, clock });
      }
      renderer.show(progressOf(update));
    }
    return result;
  } finally {
    renderer?.stop();
  }
}

function progressOf({ done, total, bytes, note }: ProgressUpdate): Progress {
  return {
    recordsRead: done,
    bytesRead: bytes?.done ?? 0,
    totalBytes: bytes?.total ?? null,
    ...(total === null ? {} : { totalRecords: total }),
    ...(note === undefined ? {} : { note }),
  };
}
