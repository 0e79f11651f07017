/** Splits content into raw records: chunks of bytes come in, records go out exactly as they came, with where they stood. */
import { findCsvRecordEnd } from "./csv-record-end.ts";

/** A place between two records: how much content, and how many records and newlines, lie before it. */
export interface ContentPosition {
  readonly bytes: number;
  readonly records: number;
  readonly lines: number;
}

export interface RawRecord {
  /** Without its line end. Of an oversized record, only the head. */
  readonly value: Buffer;
  /** 1-based line of its first byte. */
  readonly line: number;
  /** Content offset of its first byte. */
  readonly start: number;
  /** Its true size. */
  readonly size: number;
  /** The place after it and its line end. */
  readonly after: ContentPosition;
  /** Whether its line end was seen. */
  readonly closed: boolean;
}

export interface SplitOptions {
  /** The first record of the content names columns: passed over, not counted as a record. @default false */
  readonly header?: boolean;
  /** A longer record gives only its head. @default 32 MiB */
  readonly maxRecordBytes?: number;
  /** @default 1 MiB */
  readonly headBytes?: number;
  /** A quoted field that is still open so far behind its first newline is taken as a stray quote. @default 1 MiB */
  readonly maxQuotedBytes?: number;
}

/** How the content ends. */
export interface ContentEnd {
  /** Where to go on if the content grows: its end, or the start of the first record that more content could change. */
  readonly resume: ContentPosition;
  /** What follows `resume` was not given: it stands in a quoted field that has not closed yet. */
  readonly held: boolean;
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * A record ends at `\n` or `\r\n`; in CSV, one within quotes is content. Empty lines count as lines and are no records. A
 * CSV record whose quotes do not close properly ends at its first newline, so that one stray quote cannot take good
 * lines with it. Holds one chunk and one record at a time.
 */
export class RecordSplitter {
  readonly #csv: boolean;
  readonly #limits: Required<SplitOptions>;
  #headerAhead: boolean;
  #position: ContentPosition;
  /** What is not yet split, from `#position` on. */
  #parts: Buffer[] = [];
  #size = 0;
  /** No use to look again before so much is there: keeps the cost of long records linear. */
  #wanted = 0;
  /** A record beyond the limit, of which only the head is kept. */
  #oversized: { readonly head: Buffer; size: number; lastByte: number } | null = null;

  constructor(format: "csv" | "json", from: ContentPosition, options: SplitOptions = {}) {
    this.#csv = format === "csv";
    this.#position = from;
    this.#limits = { header: false, maxRecordBytes: 32 << 20, headBytes: 1 << 20, maxQuotedBytes: 1 << 20, ...options };
    this.#headerAhead = this.#limits.header && from.bytes === 0;
  }

  /** Gives the records that this chunk completes. */
  *push(chunk: Buffer): Generator<RawRecord, void> {
    const rest = this.#oversized === null ? chunk : yield* this.#skip(chunk, this.#oversized);
    if (rest.length === 0) return;
    this.#parts.push(rest);
    this.#size += rest.length;
    if (this.#size >= this.#wanted) yield* this.#split(false);
  }

  /**
   * Gives what is left at the end of the content. What stands in a quoted field that is still open is held back, for more
   * content would make one record of it; `complete` says that nothing follows: then it is given line by line.
   */
  *finish(complete: boolean): Generator<RawRecord, ContentEnd> {
    const open = this.#position;
    if (this.#oversized !== null) {
      const { head, size, lastByte } = this.#oversized;
      yield this.#take(head, size - (lastByte === 13 ? 1 : 0), { size, lines: 0 });
      return { resume: open, held: false };
    }
    return yield* this.#split(true, complete);
  }

  *#split(final: boolean, complete = false): Generator<RawRecord, ContentEnd> {
    const bytes = this.#join();
    let at = this.#position.bytes === 0 ? this.#passMark(bytes, final) : 0;
    if (at === -1) {
      this.#keep(bytes);
      return { resume: this.#position, held: false };
    }
    let open: ContentPosition | null = null;
    let nextQuote = this.#csv ? 0 : Infinity;
    while (at < bytes.length) {
      const newline = bytes.indexOf(10, at);
      if (nextQuote < at || nextQuote === 0) nextQuote = indexOrInfinity(bytes.indexOf(34, at));
      const quoted = nextQuote < (newline === -1 ? bytes.length : newline);
      const end = quoted ? this.#endOfQuoted(bytes, at, { newline, final }) : { at: newline, sure: true };
      if (end.at === -1 && !final) break;
      if (!end.sure && !complete) return { resume: open ?? this.#position, held: true };
      if (end.at === -1 || !end.sure) open ??= this.#position;
      const stop = end.at === -1 ? bytes.length : end.at;
      const record = this.#cut(bytes, at, { stop, closed: end.at !== -1, quoted });
      at = end.at === -1 ? stop : stop + 1;
      if (record !== null) yield record;
    }
    this.#keep(bytes.subarray(at));
    return { resume: open ?? this.#position, held: false };
  }

  /** Where a record with quotes ends: -1 for not here. Not sure: more content could still close the quotes. */
  #endOfQuoted(
    bytes: Buffer,
    from: number,
    context: { readonly newline: number; readonly final: boolean },
  ): { readonly at: number; readonly sure: boolean } {
    const end = findCsvRecordEnd(bytes, from);
    if (end.kind === "malformed" || context.newline === -1) return { at: context.newline, sure: true };
    // The same answer however the content came in chunks: what closes beyond the limit counts as not closing.
    const reach = (end.kind === "newline" ? end.at : bytes.length) - context.newline;
    if (reach > this.#limits.maxQuotedBytes) return { at: context.newline, sure: true };
    if (end.kind === "newline") return { at: end.at, sure: true };
    if (!context.final || !end.inQuotes) return { at: -1, sure: true };
    return { at: context.newline, sure: false };
  }

  /** One record, or null for an empty line; moves the position behind it. */
  #cut(
    bytes: Buffer,
    from: number,
    end: { readonly stop: number; readonly closed: boolean; readonly quoted: boolean },
  ): RawRecord | null {
    const { stop, closed } = end;
    const size = stop - from - (stop > from && bytes[stop - 1] === 13 ? 1 : 0);
    const inner = end.quoted ? countNewlines(bytes, from, stop) : 0;
    const passed = { size: stop - from + (closed ? 1 : 0), lines: inner + (closed ? 1 : 0) };
    if (size === 0 || this.#headerAhead) {
      this.#headerAhead &&= size === 0;
      this.#position = advance(this.#position, passed, 0);
      return null;
    }
    const whole = size <= this.#limits.maxRecordBytes;
    const value = bytes.subarray(from, from + (whole ? size : this.#limits.headBytes));
    return this.#take(whole ? value : Buffer.from(value), size, { ...passed, closed });
  }

  #take(value: Buffer, size: number, passed: Passed): RawRecord {
    const { bytes: start, lines } = this.#position;
    this.#position = advance(this.#position, passed, 1);
    return { value, line: lines + 1, start, size, after: this.#position, closed: passed.closed ?? false };
  }

  /** Passes over an oversized record; gives what follows it. */
  *#skip(
    chunk: Buffer,
    oversized: { readonly head: Buffer; size: number; lastByte: number },
  ): Generator<RawRecord, Buffer> {
    const newline = chunk.indexOf(10);
    const end = newline === -1 ? chunk.length : newline;
    oversized.size += end;
    if (end > 0) oversized.lastByte = chunk[end - 1] ?? 0;
    if (newline === -1) return chunk.subarray(chunk.length);
    this.#oversized = null;
    const size = oversized.size - (oversized.lastByte === 13 ? 1 : 0);
    yield this.#take(oversized.head, size, { size: oversized.size + 1, lines: 1, closed: true });
    return chunk.subarray(end + 1);
  }

  #join(): Buffer {
    const [only, second] = this.#parts;
    const bytes = only !== undefined && second === undefined ? only : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#size = 0;
    return bytes;
  }

  #keep(rest: Buffer): void {
    this.#wanted = rest.length * 2;
    if (rest.length === 0) return;
    // One more, for the last byte may be the line end's `\r`.
    if (rest.length > this.#limits.maxRecordBytes + 1 && !rest.includes(10)) {
      const head = Buffer.from(rest.subarray(0, this.#limits.headBytes));
      this.#oversized = { head, size: rest.length, lastByte: rest[rest.length - 1] ?? 0 };
      this.#wanted = 0;
      return;
    }
    this.#parts = [rest];
    this.#size = rest.length;
  }

  /** Passes a byte order mark; -1: too few bytes to tell. */
  #passMark(bytes: Buffer, final: boolean): number {
    const seen = bytes.subarray(0, byteOrderMark.length);
    if (!seen.equals(byteOrderMark.subarray(0, seen.length))) return 0;
    if (seen.length < byteOrderMark.length) return final ? 0 : -1;
    this.#position = { ...this.#position, bytes: byteOrderMark.length };
    return byteOrderMark.length;
  }
}

interface Passed {
  readonly size: number;
  readonly lines: number;
  readonly closed?: boolean;
}

function advance(from: ContentPosition, passed: Passed, records: number): ContentPosition {
  return { bytes: from.bytes + passed.size, records: from.records + records, lines: from.lines + passed.lines };
}

function countNewlines(bytes: Buffer, from: number, to: number): number {
  let count = 0;
  for (let at = bytes.indexOf(10, from); at !== -1 && at < to; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}

function indexOrInfinity(index: number): number {
  return index === -1 ? Infinity : index;
}
