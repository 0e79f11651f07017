/** Compact bytes, as adapters write records, chunks and batches of changes: varints and length-prefixed pieces. */

/** Most bytes of a varint: 2^53 in groups of seven bits. */
export const maxVarintBytes = 8;

/** Appends to a buffer of a size fixed beforehand. */
export class ByteWriter {
  readonly #bytes: Buffer;
  #position: number;

  constructor(bytes: Buffer, position: number) {
    this.#bytes = bytes;
    this.#position = position;
  }

  /** A non-negative integer below 2^53. */
  varint(value: number): void {
    let rest = value;
    while (rest > 0x7fffffff) {
      this.#bytes[this.#position++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    while (rest > 0x7f) {
      this.#bytes[this.#position++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#position++] = rest;
  }

  /** Length, then the bytes. */
  piece(value: Uint8Array): void {
    this.varint(value.length);
    this.#bytes.set(value, this.#position);
    this.#position += value.length;
  }

  /** Length, then UTF-8. */
  text(value: string): void {
    // Short enough for a length of one byte whatever the characters: written in place, without measuring first.
    if (value.length <= 42) {
      const written = this.#bytes.write(value, this.#position + 1, "utf8");
      this.#bytes[this.#position] = written;
      this.#position += 1 + written;
      return;
    }
    this.varint(Buffer.byteLength(value, "utf8"));
    this.#position += this.#bytes.write(value, this.#position, "utf8");
  }

  float64(value: number): void {
    this.#position = this.#bytes.writeDoubleBE(value, this.#position);
  }

  /** What is written so far. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#position);
  }
}

/** Most bytes that {@link ByteWriter.text} needs. */
export function maxTextBytes(value: string): number {
  return maxVarintBytes + value.length * 3;
}

/** Reads what {@link ByteWriter} wrote. The bytes are trusted: their checksum was compared before. */
export class ByteReader {
  readonly #bytes: Buffer;
  #position: number;

  constructor(bytes: Buffer, position: number) {
    this.#bytes = bytes;
    this.#position = position;
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.#bytes[this.#position++] ?? 0;
      if (byte < 0x80) return value + byte * scale;
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
    }
  }

  /** A view of the same memory. */
  piece(): Buffer {
    const length = this.varint();
    const start = this.#position;
    this.#position += length;
    return this.#bytes.subarray(start, this.#position);
  }

  skipPiece(): void {
    const length = this.varint();
    this.#position += length;
  }

  text(): string {
    const length = this.varint();
    const start = this.#position;
    this.#position += length;
    return this.#bytes.toString("utf8", start, this.#position);
  }

  float64(): number {
    const value = this.#bytes.readDoubleBE(this.#position);
    this.#position += 8;
    return value;
  }
}
