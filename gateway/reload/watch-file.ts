/** Watches one file: its text is handed on whenever it has changed and stays as it is. */
import { lookAtFile, readWatchedFile, type WatchedFile } from "./read-watched-file.ts";

export interface FileWatch extends WatchedFile {
  /** How often the file is looked at, in milliseconds. */
  readonly everyMs: number;
  readonly onText: (text: string) => unknown;
  /** The file is away or cannot be read; told again with each look. */
  readonly onFault: (error: unknown) => void;
}

/**
 * Looks instead of listening, since files are also replaced behind symbolic links and on volumes that tell nothing. A change
 * is read once the file looks the same twice, and counts only if it still does afterwards, so that one that is being written
 * is not cut; a file that is away for one look is being replaced. Dispose to stop.
 * @param known what the caller has read already
 */
export function watchFile({ what, path, everyMs, onText, onFault }: FileWatch, known: string): Disposable {
  /** How the file looked when it was read, and at the last look; null: it could not be looked at. */
  let read: string | null = null;
  let before: string | null = "not yet";
  let text: string | null = known;
  const file = { what, path };
  let isLooking = false;
  let isOver = false;

  const take = async (seen: string): Promise<void> => {
    const next = await readWatchedFile(file);
    before = await lookAtFile(file);
    if (before !== seen || isOver) return;
    read = seen;
    if (next !== text) await onText(next);
    text = next;
  };
  const miss = (error: unknown, isCertain: boolean): void => {
    // Whatever stands there next is read, also what stood there before.
    read = null;
    text = null;
    if (isCertain && !isOver) onFault(error);
  };
  const look = async (): Promise<void> => {
    try {
      const seen = await lookAtFile(file);
      if (seen === before && seen !== read) await take(seen).catch((error: unknown) => miss(error, true));
      else before = seen;
    } catch (error) {
      miss(error, before === null);
      before = null;
    }
  };
  const timer = setInterval(() => {
    if (isLooking) return;
    isLooking = true;
    void look().finally(() => (isLooking = false));
  }, everyMs);
  return {
    [Symbol.dispose]() {
      isOver = true;
      clearInterval(timer);
    },
  };
}
