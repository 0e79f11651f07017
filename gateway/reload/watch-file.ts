/** Watches one file: its text is handed on whenever it has changed and stays as it is. */
import { readFile, stat } from "node:fs/promises";

export interface FileWatch {
  readonly path: string;
  /** How often the file is looked at, in milliseconds. */
  readonly everyMs: number;
  readonly onText: (text: string) => unknown;
  /** The file is away or cannot be read; told again with each look. */
  readonly onFault: (error: unknown) => void;
}

/**
 * Looks instead of listening, since files are also replaced behind symbolic links and on volumes that tell nothing. A change
 * is read once the file looks the same twice, so that one that is being written is not cut. Dispose to stop.
 * @param known what the caller has read already
 */
export function watchFile({ path, everyMs, onText, onFault }: FileWatch, known: string): Disposable {
  let read = "";
  let before = "";
  let text = known;
  let isLooking = false;
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    try {
      const { mtimeMs, ctimeMs, size, ino } = await stat(path);
      const seen = [mtimeMs, ctimeMs, size, ino].join(" ");
      if (seen === before && seen !== read) {
        const next = await readFile(path, "utf8");
        read = seen;
        if (next !== text) await onText(next);
        text = next;
      }
      before = seen;
    } catch (error) {
      // Whatever stands there next is read, also what stood there before.
      read = "";
      text = "";
      onFault(error);
    } finally {
      isLooking = false;
    }
  };
  const timer = setInterval(() => void look(), everyMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
