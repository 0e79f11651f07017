/**
 * Reads a multipart request: the operation and the map first, with which it can run; its files arrive while it does.
 *
 *     operations ──> map ──> answered to the caller ──> file ──> file ──> end
 */
import type { IncomingMessage } from "node:http";
import { Busboy, type BusboyFileStream, type BusboyInstance } from "@fastify/busboy";
import { placeFiles, type PlacedFiles } from "./place-files.ts";
import type { UploadSettings } from "./upload-settings.ts";
import { UploadFailure } from "./upload-set.ts";

export interface RefusedUpload {
  readonly status: 400 | 413;
  readonly message: string;
  readonly isUnread: true;
}

export interface UploadLimits extends UploadSettings {
  /** Of the operation, and of the map. */
  readonly maxBodyBytes: number;
}

export function isFormRequest({ headers }: IncomingMessage): boolean {
  return /^multipart\/form-data\s*(;|$)/i.test(headers["content-type"] ?? "");
}

/** Settles once the operation is known, or the request is refused. Never rejects. */
export function readUpload(request: IncomingMessage, limits: UploadLimits): Promise<PlacedFiles | RefusedUpload> {
  return new Promise((resolve) => new UploadReader(request, limits, resolve));
}

class UploadReader {
  readonly #request: IncomingMessage;
  readonly #limits: UploadLimits;
  readonly #resolve: (result: PlacedFiles | RefusedUpload) => void;
  #parser: BusboyInstance | undefined;
  #operations: string | undefined;
  #placed: PlacedFiles | undefined;
  #bytes = 0;
  #isOver = false;

  constructor(request: IncomingMessage, limits: UploadLimits, resolve: (result: PlacedFiles | RefusedUpload) => void) {
    this.#request = request;
    this.#limits = limits;
    this.#resolve = resolve;
    this.#parser = this.#start();
  }

  #start(): BusboyInstance | undefined {
    const request = this.#request;
    if (Number(request.headers["content-length"] ?? 0) > this.#limits.maxBytes) this.#refuseLarge();
    else if (request.headers["content-encoding"] !== undefined) this.#fail(400, "A request with files comes unpacked.");
    if (this.#isOver) return undefined;
    try {
      const parser = this.#open();
      request.on("data", (chunk: Buffer) => this.#count(chunk));
      request.on("close", () => {
        if (!request.complete) this.#fail(400, "The connection was closed before all files came.");
      });
      request.pipe(parser);
      return parser;
    } catch {
      this.#fail(400, "The request is no well-formed multipart/form-data.");
      return undefined;
    }
  }

  #open(): BusboyInstance {
    const { maxFiles, maxFileBytes, maxBodyBytes } = this.#limits;
    const parser = new Busboy({
      headers: { ...this.#request.headers, "content-type": this.#request.headers["content-type"] ?? "" },
      limits: {
        fields: 2,
        fieldSize: maxBodyBytes,
        fieldNameSize: 100,
        files: maxFiles,
        fileSize: maxFileBytes,
        headerPairs: 20,
        headerSize: 8 * 1024,
      },
    });
    parser.on("field", (name, value, _isNameCut, isCut) => this.#takeField(name, value, isCut));
    parser.on("file", (name, stream, ...[filename, , mimeType]) =>
      this.#takeFile(name, stream, { filename, mimeType }),
    );
    parser.on("fieldsLimit", () => this.#fail(400, "A request with files has the fields `operations` and `map` only."));
    parser.on("filesLimit", () => this.#fail(413, `The request has more than ${maxFiles} files.`));
    parser.on("error", () => this.#fail(400, "The request is no well-formed multipart/form-data."));
    parser.on("finish", () => this.#finish());
    return parser;
  }

  #takeField(name: string, value: string, isCut: boolean): void {
    if (isCut)
      return this.#fail(413, `The field ${JSON.stringify(name)} is larger than ${this.#limits.maxBodyBytes} bytes.`);
    if (name === "operations" && this.#operations === undefined) {
      this.#operations = value;
      return;
    }
    if (name !== "map" || this.#operations === undefined || this.#placed !== undefined) {
      return this.#fail(400, "The fields `operations` and `map` must come in this order, once each.");
    }
    const placed = placeFiles(this.#operations, value, this.#limits);
    if ("malformed" in placed) return this.#fail(400, placed.malformed);
    this.#placed = placed;
    this.#resolve(placed);
  }

  #takeFile(
    name: string,
    stream: BusboyFileStream,
    { filename, mimeType }: { readonly filename: string; readonly mimeType: string },
  ): void {
    const { maxFileBytes } = this.#limits;
    stream.on("error", () => undefined);
    stream.on("limit", () => {
      const which = JSON.stringify(name.slice(0, 100));
      stream.destroy(new Error("The file is too large."));
      this.#fail(413, `The file ${which} is larger than ${maxFileBytes} bytes.`);
    });
    if (this.#placed === undefined) {
      stream.resume();
      return this.#fail(400, "The fields `operations` and `map` must come before the files.");
    }
    this.#placed.uploads.arrive(name, { filename, mimeType, stream });
  }

  #count(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#limits.maxBytes) this.#refuseLarge();
  }

  #finish(): void {
    if (this.#placed === undefined) this.#fail(400, "The request has no `operations` and `map`.");
    else this.#placed.uploads.finish();
  }

  #refuseLarge(): void {
    this.#fail(413, `The request is larger than ${this.#limits.maxBytes} bytes.`);
  }

  #fail(status: 400 | 413, message: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#parser !== undefined) this.#request.unpipe(this.#parser);
    this.#request.pause();
    if (this.#placed === undefined) this.#resolve({ status, message, isUnread: true });
    else this.#placed.uploads.fail(new UploadFailure(status, message));
  }
}
