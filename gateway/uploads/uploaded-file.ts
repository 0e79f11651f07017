/** A file that a client sends beside an operation: it stands in the variables, and is read once, as it arrives. */
import type { Readable } from "node:stream";

/** What is known of a file once its first bytes are there. */
export interface ArrivedFile {
  readonly filename: string;
  /** As the client says. */
  readonly mimeType: string;
  /** Ends with an error where the file is cut, too large, or the client goes. */
  readonly stream: Readable;
}

export class UploadedFile {
  readonly #arrival: Promise<ArrivedFile>;
  #arrive: (file: ArrivedFile) => void = () => {};
  #fail: (reason: Error) => void = () => {};
  #isClaimed = false;
  #hasArrived = false;

  constructor() {
    this.#arrival = new Promise((resolve, reject) => {
      this.#arrive = resolve;
      this.#fail = reject;
    });
    // It may fail with nobody waiting for it.
    this.#arrival.catch(() => undefined);
  }

  get isClaimed(): boolean {
    return this.#isClaimed;
  }

  get hasArrived(): boolean {
    return this.#hasArrived;
  }

  /** Says that the caller reads it; false: somebody else does already. */
  claim(): boolean {
    if (this.#isClaimed) return false;
    this.#isClaimed = true;
    return true;
  }

  /** The file, for who has claimed it. Rejects where it does not come. */
  open(): Promise<ArrivedFile> {
    return this.#arrival;
  }

  arrive(file: ArrivedFile): void {
    this.#hasArrived = true;
    this.#arrive(file);
  }

  fail(reason: Error): void {
    this.#fail(reason);
  }

  /** In variables that are written as JSON, a null stands where a file belongs. */
  toJSON(): null {
    return null;
  }
}
