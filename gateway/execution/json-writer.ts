/**
 * Writes JSON as bytes into one buffer that is used again: an answer is made without a text or object of its own for each of
 * its parts, and what is written twice is copied.
 */

/** Longer texts are copied by the engine and looked through afterwards. */
const maxShort = 48;
const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const comma = 0x2c;
/** A buffer that one large answer made larger than this is not kept. In bytes. */
const maxKept = 4 * 1024 * 1024;
const firstSize = 64 * 1024;

export class JsonWriter {
  /** Where the next byte goes. Setting it back takes back what was written since. */
  at = 0;
  #buffer = Buffer.allocUnsafeSlow(firstSize);

  /** For another answer. */
  clear(): void {
    this.at = 0;
    if (this.#buffer.length > maxKept) this.#buffer = Buffer.allocUnsafeSlow(firstSize);
  }

  /** A copy of all that was written. */
  take(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.at));
  }

  openObject(): void {
    this.#byte(openBrace);
  }

  closeObject(): void {
    this.#byte(closeBrace);
  }

  openList(): void {
    this.#byte(openBracket);
  }

  closeList(): void {
    this.#byte(closeBracket);
  }

  comma(): void {
    this.#byte(comma);
  }

  /** Bytes that are JSON already. */
  raw(bytes: Uint8Array): void {
    const { length } = bytes;
    this.#reserve(length);
    const buffer = this.#buffer;
    let { at } = this;
    // Shorter than a call of the engine.
    if (length <= maxShort) for (let index = 0; index < length; index++) buffer[at++] = bytes[index] ?? 0;
    else {
      buffer.set(bytes, at);
      at += length;
    }
    this.at = at;
  }

  /** Writes again what stands from `start` to `end`. */
  again(start: number, end: number): void {
    this.#reserve(end - start);
    this.#buffer.copyWithin(this.at, start, end);
    this.at += end - start;
  }

  null(): void {
    this.raw(nullBytes);
  }

  /** A value of no known form; `null` for undefined and numbers that JSON does not have. */
  scalar(value: unknown): void {
    switch (typeof value) {
      case "string":
        return this.#string(value);
      case "number":
        return Number.isFinite(value) ? this.#ascii(`${value}`) : this.null();
      case "boolean":
        return this.raw(value ? trueBytes : falseBytes);
      default:
        return value === null || value === undefined ? this.null() : this.#text(JSON.stringify(value) ?? "null");
    }
  }

  #string(value: string): void {
    const { length } = value;
    if (length > maxShort) return this.#longString(value);
    this.#reserve(length + 2);
    const buffer = this.#buffer;
    let { at } = this;
    buffer[at++] = quote;
    for (let index = 0; index < length; index++) {
      const unit = value.charCodeAt(index);
      if (unit < 0x20 || unit > 0x7e || unit === quote || unit === backslash) return this.#text(JSON.stringify(value));
      buffer[at++] = unit;
    }
    buffer[at++] = quote;
    this.at = at;
  }

  #longString(value: string): void {
    // A UTF-16 unit takes three bytes at most.
    this.#reserve(value.length * 3 + 2);
    const buffer = this.#buffer;
    const start = this.at + 1;
    const end = start + buffer.write(value, start, "utf8");
    for (let index = start; index < end; index++) {
      const byte = buffer[index] ?? 0;
      // 0xef begins the mark of half a pair, among others: JSON has an escape for such a half.
      if (byte < 0x20 || byte === quote || byte === backslash || byte === 0xef)
        return this.#text(JSON.stringify(value));
    }
    buffer[start - 1] = quote;
    buffer[end] = quote;
    this.at = end + 1;
  }

  #text(text: string): void {
    this.#reserve(text.length * 3);
    this.at += this.#buffer.write(text, this.at, "utf8");
  }

  #ascii(text: string): void {
    const { length } = text;
    this.#reserve(length);
    for (let index = 0; index < length; index++) this.#buffer[this.at++] = text.charCodeAt(index);
  }

  #byte(byte: number): void {
    this.#reserve(1);
    this.#buffer[this.at++] = byte;
  }

  #reserve(bytes: number): void {
    const needed = this.at + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#buffer.length));
    larger.set(this.#buffer.subarray(0, this.at));
    this.#buffer = larger;
  }
}

const nullBytes = Buffer.from("null");
const trueBytes = Buffer.from("true");
const falseBytes = Buffer.from("false");
