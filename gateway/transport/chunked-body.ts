/** A body in chunks, as HTTP/1.1 has it: `size CRLF bytes CRLF`, one of size 0, trailers, and a blank line. */

/** Of a line, with what stands behind the size, and of all trailers together. In bytes. */
const maxLineBytes = 8 * 1024;

const lineFeed = 0x0a;
const sizeLine = /^([\da-f]{1,12})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/i;
const trailerLine = /^[!#$%&'*+.^_`|~\w-]+:[\t\x20-\x7e\x80-\xff]*$/;

/** `more`: the body goes on. `broken`: this is no body in chunks. A number: it has ended, and so many bytes were taken. */
export type TakenChunk = "more" | "broken" | number;

export class ChunkedBody {
  readonly #onData: (bytes: Buffer) => void;
  #expects: "size" | "bytes" | "line end" | "trailer" = "size";
  /** Of the chunk. */
  #left = 0;
  #line = "";
  #trailerBytes = 0;

  /** @param onData gets the body's bytes, which are good only for the time of the call */
  constructor(onData: (bytes: Buffer) => void) {
    this.#onData = onData;
  }

  take(bytes: Buffer): TakenChunk {
    let at = 0;
    while (at < bytes.length) {
      if (this.#expects === "bytes") {
        const end = Math.min(bytes.length, at + this.#left);
        this.#onData(bytes.subarray(at, end));
        this.#left -= end - at;
        at = end;
        if (this.#left === 0) this.#expects = "line end";
        continue;
      }
      const end = bytes.indexOf(lineFeed, at);
      this.#line += bytes.toString("latin1", at, end === -1 ? bytes.length : end);
      if (this.#line.length > maxLineBytes) return "broken";
      if (end === -1) return "more";
      at = end + 1;
      const line = this.#line;
      this.#line = "";
      if (!line.endsWith("\r")) return "broken";
      const isEnd = this.#takeLine(line.slice(0, -1));
      if (isEnd === undefined) return "broken";
      if (isEnd) return at;
    }
    return "more";
  }

  /** Whether the body ends with it; undefined: it is not what must stand there. */
  #takeLine(line: string): boolean | undefined {
    if (this.#expects === "line end") {
      this.#expects = "size";
      return line === "" ? false : undefined;
    }
    if (this.#expects === "trailer") {
      this.#trailerBytes += line.length;
      if (line === "") return true;
      return trailerLine.test(line) && this.#trailerBytes <= maxLineBytes ? false : undefined;
    }
    const [, size] = sizeLine.exec(line) ?? [];
    if (size === undefined) return undefined;
    this.#left = Number.parseInt(size, 16);
    this.#expects = this.#left === 0 ? "trailer" : "bytes";
    return false;
  }
}
