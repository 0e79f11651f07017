/** Writes ClickHouse's TSV as bytes: no string is built for a row, since this runs on the ingest thread for every value. */
import { OnefoldError } from "../../schema/errors.ts";

const TAB = 0x09;
const NEWLINE = 0x0a;
const QUOTE = 0x27;
const BACKSLASH = 0x5c;
const ZERO = 0x30;

/** What follows the backslash, by character; 0: it stands as it is. */
const escapes = new Uint8Array(128);
for (const [char, escape] of ["\\\\", "\tt", "\nn", "\rr", "\x000"]) escapes[code(char)] = code(escape);

const FIRST_YEAR = Date.parse("0001-01-01T00:00:00Z");
const LAST_YEAR = Date.parse("9999-12-31T23:59:59.999Z");

const noBytes = new Uint8Array(0);

export class TsvWriter {
  #bytes = noBytes;
  #end = 0;
  /** How many bytes to begin with: a little more than were taken last. */
  #capacity = 1024;
  readonly #encoder = new TextEncoder();

  get length(): number {
    return this.#end;
  }

  /** Hands over what was written and begins anew. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#bytes.subarray(0, this.#end);
    this.#capacity = Math.max(1024, Math.ceil(this.#end * 1.1));
    this.#bytes = noBytes;
    this.#end = 0;
    return taken;
  }

  tab(): void {
    this.#byte(TAB);
  }

  newline(): void {
    this.#byte(NEWLINE);
  }

  /** ASCII that needs no escape, as it is. */
  raw(ascii: string): void {
    this.#reserve(ascii.length);
    const bytes = this.#bytes;
    let end = this.#end;
    for (let i = 0; i < ascii.length; i++) bytes[end++] = ascii.charCodeAt(i);
    this.#end = end;
  }

  null(): void {
    this.raw("\\N");
  }

  /** A string value. Lone surrogates, which UTF-8 does not have, become U+FFFD. */
  text(value: string): void {
    this.#escaped(value, false);
  }

  /** A string value within an array. */
  quotedText(value: string): void {
    this.#byte(QUOTE);
    this.#escaped(value, true);
    this.#byte(QUOTE);
  }

  /** A safe integer or a bigint. */
  integer(value: number | bigint): void {
    if (typeof value === "bigint") {
      this.raw(value.toString());
      return;
    }
    this.#reserve(20);
    if (value < 0) this.#bytes[this.#end++] = 0x2d;
    this.#digits(Math.abs(value), 1);
  }

  /**
   * A time in epoch ms, as ten digits of seconds with milliseconds, which ClickHouse cannot mistake, or as calendar text.
   * @throws OnefoldError INPUT_INVALID outside the years 1 to 9999
   */
  time(ms: number): void {
    if (!(ms >= 0 && ms < 1e13)) {
      this.raw(calendarText(ms));
      return;
    }
    const seconds = Math.floor(ms / 1000);
    this.#reserve(16);
    this.#digits(seconds, 10);
    this.#bytes[this.#end++] = 0x2e;
    this.#digits(Math.floor(ms - seconds * 1000), 3);
  }

  #escaped(value: string, quoted: boolean): void {
    this.#reserve(2 * value.length);
    const bytes = this.#bytes;
    const begin = this.#end;
    let end = begin;
    for (let i = 0; i < value.length; i++) {
      const char = value.charCodeAt(i);
      if (char >= 0x80) {
        this.#end = begin;
        this.#escapedUnicode(value, quoted);
        return;
      }
      const escape = escapes[char] ?? 0;
      if (escape !== 0 || (quoted && char === QUOTE)) {
        bytes[end++] = BACKSLASH;
        bytes[end++] = escape === 0 ? char : escape;
      } else {
        bytes[end++] = char;
      }
    }
    this.#end = end;
  }

  /** Escapes in UTF-8, where the bytes of other characters are never those of ASCII. */
  #escapedUnicode(value: string, quoted: boolean): void {
    const utf8 = this.#encoder.encode(value);
    this.#reserve(2 * utf8.length);
    for (const byte of utf8) {
      const escape = escapes[byte] ?? 0;
      if (escape !== 0 || (quoted && byte === QUOTE)) this.#bytes[this.#end++] = BACKSLASH;
      this.#bytes[this.#end++] = escape === 0 ? byte : escape;
    }
  }

  /** At least `width` digits, from the last to the first; room for 20 is reserved. */
  #digits(value: number, width: number): void {
    let count = width;
    for (let power = 10 ** width; value >= power; power *= 10) count++;
    let at = this.#end + count;
    this.#end = at;
    let rest = value;
    while (count-- > 0) {
      const next = Math.floor(rest / 10);
      this.#bytes[--at] = ZERO + (rest - next * 10);
      rest = next;
    }
  }

  #byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#end++] = value;
  }

  #reserve(count: number): void {
    if (this.#end + count <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#capacity, 2 * (this.#bytes.length + count)));
    grown.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = grown;
  }
}

function calendarText(ms: number): string {
  if (!(ms >= FIRST_YEAR && ms <= LAST_YEAR)) {
    throw new OnefoldError("INPUT_INVALID", `The time ${ms} ms lies outside the years 1 to 9999, which can be stored.`);
  }
  return new Date(ms).toISOString().replace("T", " ").replace("Z", "");
}

function code(char: string | undefined): number {
  return char?.charCodeAt(0) ?? 0;
}
