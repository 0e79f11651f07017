/** Brings batches in until they are acknowledged, whatever happens to whom it speaks to. */
import type { Deployment } from "./deployment.ts";
import type { OnefoldProcess } from "./onefold-process.ts";

export interface Producer {
  /** Batches that are acknowledged. */
  readonly sent: number;
  readonly isDone: boolean;
  /** Resolves when all are. Rejects after `end`. */
  readonly done: Promise<void>;
  /** Sends through this process from now on. */
  through(process: OnefoldProcess): void;
  end(): void;
}

const RETRY_MS = 100;

/** A batch that failed is sent again: the system must take its events for the same ones. */
export function startProducer(
  deployment: Deployment,
  batches: readonly (readonly (string | Buffer)[])[],
  first: OnefoldProcess,
): Producer {
  let process = first;
  let sent = 0;
  let ended = false;
  const run = async (): Promise<void> => {
    for (const batch of batches) {
      for (let taken = false; !taken;) {
        if (ended) throw new Error("The producer was ended.");
        taken = await deployment.produce(process, batch).then(
          () => true,
          () => new Promise<boolean>((resolve) => setTimeout(() => resolve(false), RETRY_MS)),
        );
      }
      sent++;
    }
  };
  const done = run();
  done.catch(() => undefined);
  return {
    get sent() {
      return sent;
    },
    get isDone() {
      return sent === batches.length;
    },
    done,
    through: (next) => void (process = next),
    end: () => void (ended = true),
  };
}
