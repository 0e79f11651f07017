/** One request over HTTP and its answer: the client tells what arrives, whoever waits gets JSON or a failure, once. */
import { decodeBody } from "./decode-body.ts";
import { parseJson } from "./parse-json.ts";
import { tooLarge, TransportFailure } from "./transport-failure.ts";

export interface AnswerHead {
  readonly status: number;
  /** Empty: the header is missing. Likewise below. */
  readonly contentType: string;
  readonly contentEncoding: string;
  readonly contentLength: string;
}

export class HttpExchange {
  /** The answer's JSON. Rejects with a TransportFailure, or with what it was cancelled with. */
  readonly json: Promise<unknown>;
  readonly #maxBytes: number;
  #resolve: (json: unknown) => void = () => {};
  #reject: (reason: Error) => void = () => {};
  #abort: ((reason: Error) => void) | undefined;
  #onRelease: (() => void) | undefined;
  #status: number | undefined;
  #isSettled = false;
  #encoding = "";
  #chunks: Buffer[] = [];
  #bytes = 0;

  /** @param maxBytes of the answer, packed as it arrives and unpacked */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.json = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Runs once the client has done with it, which may be later than it was cancelled. */
  whenReleased(run: () => void): void {
    this.#onRelease = run;
  }

  /** Of the answer; undefined: none has begun to come. */
  get status(): number | undefined {
    return this.#status;
  }

  /** Nobody waits for it: it need not be sent. */
  get isOver(): boolean {
    return this.#isSettled;
  }

  /** No longer waits. What is on its way is broken off. */
  cancel(reason: Error): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#chunks = [];
    this.#reject(reason);
    this.#abort?.(reason);
  }

  /** It is about to be sent. A cancelled one is not. */
  onStart(abort: (reason: Error) => void): void {
    this.#abort = abort;
    if (this.#isSettled) abort(new Error("The request was cancelled before it was sent."));
  }

  onHead(head: AnswerHead): void {
    this.#status = head.status;
    const failure = refuseHead(head, this.#maxBytes);
    if (failure !== undefined) this.cancel(failure);
    this.#encoding = head.contentEncoding;
  }

  onData(chunk: Buffer): void {
    if (this.#isSettled) return;
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) this.cancel(tooLarge(this.#maxBytes));
    else this.#chunks.push(chunk);
  }

  onEnd(): void {
    const [first] = this.#chunks;
    this.onBody(this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks));
  }

  /** The whole body at once, in place of `onData` and `onEnd`; its bytes may become others after the call. */
  onBody(body: Buffer): void {
    this.#onRelease?.();
    if (this.#isSettled) return;
    this.#isSettled = true;
    if (this.#encoding === "" || this.#encoding === "identity") return this.#read(body);
    const packed = Buffer.from(body);
    decodeBody(packed, this.#encoding, this.#maxBytes).then((decoded) => this.#read(decoded), this.#reject);
  }

  /** The connection broke, or there was none; or (`refused`) the request cannot be sent as it is. */
  onFail(cause: unknown, kind: "outage" | "refused" = "outage"): void {
    this.#onRelease?.();
    if (this.#isSettled) return;
    this.#isSettled = true;
    const what = kind === "outage" ? "it could not be reached" : "the request could not be sent";
    this.#reject(new TransportFailure(what, cause, kind));
  }

  #read(body: Buffer): void {
    try {
      this.#resolve(parseJson(body.toString("utf8")));
    } catch (error) {
      this.#reject(new TransportFailure("its answer is not GraphQL", error));
    }
  }
}

/** Statuses with which a proxy says that what is behind it is away. */
const awayStatuses = new Set([502, 503, 504]);

/**
 * `application/graphql-response+json` is an answer under any status. `application/json` is one only under 2xx: under
 * others it may come from a proxy on the way (GraphQL over HTTP, "application/json").
 */
function refuseHead({ status, contentType, contentLength }: AnswerHead, maxBytes: number): Error | undefined {
  const isOk = status >= 200 && status < 300;
  const end = contentType.indexOf(";");
  const type = (end === -1 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
  const isAnswer = type === "application/graphql-response+json" || (type === "application/json" && isOk);
  if (isAnswer) return Number(contentLength) > maxBytes ? tooLarge(maxBytes) : undefined;
  if (isOk) return new TransportFailure("its answer is not GraphQL", `content-type ${type === "" ? "missing" : type}`);
  const kind = awayStatuses.has(status) ? "outage" : "answer";
  return new TransportFailure(`it answered with HTTP status ${status}`, type, kind);
}
