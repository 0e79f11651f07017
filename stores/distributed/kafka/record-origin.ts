/** Where a record came from, as a header of it. */
import type { RecordOrigin } from "../../ports/event-log.ts";
import type { FetchedRecord } from "./committed-records.ts";

/**
 * ```text
 * header "onefold":  sequence, float64 big-endian, NaN for none | origin, a JSON array without the trace
 * header "traceparent", only where the append is traced:  W3C trace context
 * ```
 * One header for what every record has, for the client takes long over each.
 */
export const originHeader = "onefold";
export const traceHeader = "traceparent";

type OriginArray = readonly [RecordOrigin["format"], string, (readonly string[] | null)?, string?];

const sequenceBytes = 8;
/** Origins that are remembered; a log has few, but one a file. */
const maxKnown = 256;

export type HeaderWriter = (sequence: number | null) => Readonly<Record<string, Buffer>>;

/** Writes the headers of one append's records. */
export function originHeaders(origin: RecordOrigin): HeaderWriter {
  const { format, producer, columns, file, traceparent } = origin;
  const parts: OriginArray =
    file === undefined ? [format, producer, columns ?? null] : [format, producer, columns ?? null, file];
  const text = Buffer.from(JSON.stringify(parts));
  const trace = traceparent === undefined ? null : Buffer.from(traceparent);
  return (sequence) => {
    const bytes = Buffer.allocUnsafe(sequenceBytes + text.length);
    bytes.writeDoubleBE(sequence ?? NaN, 0);
    text.copy(bytes, sequenceBytes);
    return trace === null ? { [originHeader]: bytes } : { [originHeader]: bytes, [traceHeader]: trace };
  };
}

/** Reads headers; the origins of records in a row are one object. */
export class OriginReader {
  /** The text of the last origin, and what it says. */
  #lastText: Buffer = Buffer.alloc(0);
  #last: RecordOrigin | null = null;
  readonly #known = new Map<string, RecordOrigin>();

  /** Null where the record has no header of ours: a foreign producer wrote it. */
  origin(headers: FetchedRecord["headers"]): RecordOrigin | null {
    const bytes = headers[originHeader];
    if (!(bytes instanceof Buffer) || bytes.length < sequenceBytes) return null;
    const trace = headers[traceHeader];
    if (trace instanceof Buffer) return { ...this.#read(bytes), traceparent: trace.toString("latin1") };
    return this.#read(bytes);
  }

  /** The sequence of a record whose {@link origin} is not null. */
  sequence(headers: FetchedRecord["headers"]): number | null {
    const bytes = headers[originHeader];
    const sequence = bytes instanceof Buffer ? bytes.readDoubleBE(0) : NaN;
    return Number.isNaN(sequence) ? null : sequence;
  }

  #read(bytes: Buffer): RecordOrigin {
    const last = this.#lastText;
    if (
      this.#last !== null &&
      bytes.length === sequenceBytes + last.length &&
      bytes.compare(last, 0, last.length, sequenceBytes) === 0
    ) {
      return this.#last;
    }
    const text = bytes.subarray(sequenceBytes);
    this.#last = this.#lookUp(text.toString());
    // A copy: a view would keep the whole fetch.
    this.#lastText = Buffer.from(text);
    return this.#last;
  }

  #lookUp(text: string): RecordOrigin {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const [format, producer, columns, file] = JSON.parse(text) as OriginArray;
    const origin: RecordOrigin = {
      format,
      producer,
      ...(columns == null ? {} : { columns }),
      ...(file === undefined ? {} : { file }),
    };
    const [oldest] = this.#known.keys();
    if (this.#known.size >= maxKnown && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(text, origin);
    return origin;
  }
}
