/** The files of one request: they arrive one after the other, and one failure ends them all. */
import { UploadedFile, type ArrivedFile } from "./uploaded-file.ts";

/** Why a request with files is refused although its operation has begun. */
export class UploadFailure extends Error {
  override readonly name = "UploadFailure";
  readonly status: 400 | 413;

  constructor(status: 400 | 413, message: string) {
    super(message);
    this.status = status;
  }
}

export class UploadSet {
  /** How long an operation that sends files may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly #files = new Map<string, UploadedFile>();
  readonly #aborted = new AbortController();
  #open: ArrivedFile[] = [];
  #failure: UploadFailure | undefined;

  /** @param names of the parts that hold the files */
  constructor(names: Iterable<string>, timeoutMs: number) {
    this.timeoutMs = timeoutMs;
    for (const name of names) this.#files.set(name, new UploadedFile());
  }

  get failure(): UploadFailure | undefined {
    return this.#failure;
  }

  /** Aborts when the files fail. */
  get signal(): AbortSignal {
    return this.#aborted.signal;
  }

  get(name: string): UploadedFile | undefined {
    return this.#files.get(name);
  }

  /** Says that the caller reads these; false: somebody else reads one of them already. */
  claim(files: Iterable<UploadedFile>): boolean {
    let isFree = true;
    for (const file of files) isFree &&= file.claim();
    this.#checkOrder();
    return isFree;
  }

  /** A part has begun; what nobody asked for is passed over. */
  arrive(name: string, file: ArrivedFile): void {
    const known = this.#files.get(name);
    if (known === undefined || known.hasArrived || this.#failure !== undefined) {
      file.stream.resume();
      return;
    }
    this.#open.push(file);
    known.arrive(file);
    this.#checkOrder();
  }

  /** All parts are there. */
  finish(): void {
    for (const [name, file] of this.#files) {
      if (!file.hasArrived)
        this.fail(new UploadFailure(400, `The file ${JSON.stringify(name)} of the map did not come.`));
    }
  }

  /** The first reason counts. */
  fail(reason: UploadFailure): void {
    if (this.#failure !== undefined) return;
    this.#failure = reason;
    this.#aborted.abort(reason);
    this.end();
  }

  /** The operation is over: nobody reads what has not been read. */
  end(): void {
    const reason = this.#failure ?? new Error("The operation is over.");
    for (const file of this.#files.values()) file.fail(reason);
    for (const { stream } of this.#open) if (!stream.readableEnded) stream.destroy();
    this.#open = [];
  }

  /** Files come one after the other: who waits for one while another lies unread would wait for ever. */
  #checkOrder(): void {
    const files = [...this.#files.values()];
    const isWaiting = files.some((file) => file.isClaimed && !file.hasArrived);
    const isUnread = files.some((file) => file.hasArrived && !file.isClaimed);
    if (isWaiting && isUnread) {
      this.fail(new UploadFailure(400, "The files do not come in the order in which the operation takes them."));
    }
  }
}
