/** Takes one file's content into the log from where it was left: splits, batches, and checkpoints every append. */
import { OnefoldError } from "../../../schema/errors.ts";
import type { AppendRecord, RecordOrigin } from "../../../stores/ports/event-log.ts";
import type { RecordKey } from "../record-key.ts";
import type { CheckpointedAppender } from "./checkpointed-appender.ts";
import type { FileFormat } from "./file-format.ts";
import { encodeLineage, maxVersions, startOfContent } from "./file-lineage.ts";
import type { ContentPrefix, CoveredContent, FileLineage } from "./file-lineage.ts";
import type { FileFingerprint } from "./identify-file.ts";
import type { FileContent } from "./open-content.ts";
import type { FilePlace } from "./place-file.ts";
import { PrefixHash } from "./prefix-hash.ts";
import { RecordSplitter, type ContentEnd, type ContentPosition, type RawRecord } from "./split-records.ts";

export interface TakeInJob {
  readonly content: FileContent;
  readonly format: FileFormat;
  readonly fingerprint: FileFingerprint;
  readonly place: FilePlace;
  readonly appender: CheckpointedAppender;
  readonly keyOf: RecordKey;
  /** The path as it was given. */
  readonly path: string;
  /** Nothing will be added to the file. */
  readonly complete: boolean;
  readonly signal: AbortSignal | undefined;
  readonly onRead: (recordsRead: number, bytesRead: number) => void;
}

export interface BatchLimits {
  /** @default 2,000 */
  readonly maxBatchRecords?: number;
  /** @default 1 MiB */
  readonly maxBatchBytes?: number;
}

export interface TakenIn {
  /** Records of the content, known ones included. */
  readonly records: number;
  /** What was held back at its end, within a quoted field that has not closed; null: nothing. */
  readonly held: { readonly line: number; readonly bytes: number } | null;
}

/**
 * Takes in what is not yet in the log, but not what is held back (`split-records.ts`). Returns early if another process moved the producer.
 * @throws OnefoldError INPUT_INVALID if the file changed while it was read
 */
export async function takeInContent(job: TakeInJob, limits: BatchLimits): Promise<TakenIn> {
  const { content, fingerprint, place, appender } = job;
  const { resume } = place.lineage.reached;
  const start = resume.bytes <= fingerprint.whole.bytes ? resume : startOfContent;
  const splitter = new RecordSplitter(job.format.kind, start, {
    header: job.format.kind === "csv" && job.format.header,
  });
  const taken = new TakenContent(job, limits);
  let records = start.records;
  let offset = start.bytes;
  for await (const whole of content.chunks(start.bytes)) {
    job.signal?.throwIfAborted();
    const chunk = whole.subarray(0, fingerprint.whole.bytes - offset);
    taken.hash.feed(chunk, offset);
    offset += chunk.length;
    for (const record of splitter.push(chunk)) {
      records = record.after.records;
      if (taken.mustFlushBefore(record)) await taken.flush();
      taken.add(record);
    }
    job.onRead(records, offset);
    if (appender.moved) return { records, held: null };
    if (chunk.length < whole.length) break; // What was added since the file was identified is for the next time.
  }
  const rest = splitter.finish(job.complete);
  let step = rest.next();
  for (; step.done !== true; step = rest.next()) {
    records = step.value.after.records;
    if (taken.mustFlushBefore(step.value)) await taken.flush();
    taken.add(step.value);
  }
  const { resume: end, held } = step.value;
  await taken.finish(step.value);
  job.onRead(records, offset);
  return { records, held: held ? { line: end.lines + 1, bytes: fingerprint.whole.bytes - end.bytes } : null };
}

/** The batch under way, and the lineage as the next append will leave it. */
class TakenContent {
  readonly hash: PrefixHash;
  readonly #job: TakeInJob;
  readonly #maxRecords: number;
  readonly #maxBytes: number;
  /** Where what was already in the log ends. */
  readonly #known: number;
  readonly #marks: ContentPrefix[];
  #batch: RawRecord[] = [];
  #batchBytes = 0;

  constructor(job: TakeInJob, limits: BatchLimits) {
    const { covered } = job.place.lineage.reached;
    this.#job = job;
    this.#known = covered.bytes;
    this.#marks = [...job.place.lineage.marks];
    this.#maxRecords = limits.maxBatchRecords ?? 2_000;
    this.#maxBytes = limits.maxBatchBytes ?? 1 << 20;
    this.hash = new PrefixHash(covered.bytes, job.fingerprint.hashes.get(covered.bytes));
  }

  /** The last batch is held back until the end of the content, so that what says "whole" is never an empty append. */
  mustFlushBefore(record: RawRecord): boolean {
    const last = this.#batch.at(-1);
    if (last === undefined) return false;
    if (this.#batch.length >= this.#maxRecords || this.#batchBytes >= this.#maxBytes) return true;
    return isOversized(record) || isOversized(last);
  }

  async flush(): Promise<void> {
    const last = this.#batch.at(-1);
    if (last === undefined) return;
    await this.#append(this.#lineageAt({ covered: this.hash.prefix(last.after.bytes), resume: last.after }));
  }

  add(record: RawRecord): void {
    if (record.closed) this.#mark(record.after);
    if (record.start + record.size <= this.#known) return;
    this.#batch.push(record);
    this.#batchBytes += record.value.length;
  }

  async finish({ resume, held }: ContentEnd): Promise<void> {
    const { whole } = this.#job.fingerprint;
    if (this.#known > whole.bytes) return; // A cut copy of what is known.
    const covered = this.hash.prefix(held ? Math.max(this.#known, resume.bytes) : whole.bytes);
    if (this.hash.prefix(whole.bytes).digest !== whole.digest) {
      throw new OnefoldError(
        "INPUT_INVALID",
        `The file ${JSON.stringify(this.#job.path)} was changed while it was read.`,
        {
          remedy: "Ingest it again when it is complete; files may only grow at their end.",
        },
      );
    }
    if (this.#batch.length > 0) await this.#append(this.#lineageAt({ covered, resume }));
  }

  #mark({ bytes, records }: ContentPosition): void {
    const isPowerOfTwo = (records & (records - 1)) === 0;
    if (isPowerOfTwo && bytes > Math.max(this.#known, this.#marks.at(-1)?.bytes ?? 0)) {
      this.#marks.push(this.hash.prefix(bytes));
    }
  }

  #lineageAt(reached: CoveredContent): FileLineage {
    const { whole } = this.#job.fingerprint;
    const { file, versions, targets } = this.#job.place.lineage;
    const isWhole = reached.covered.bytes === whole.bytes;
    const open = [...targets.filter(({ bytes }) => bytes !== whole.bytes), ...(isWhole ? [] : [whole])];
    return {
      file,
      reached,
      versions: isWhole ? [...versions, reached].slice(-maxVersions) : versions,
      targets: open.filter(({ bytes }) => bytes > reached.covered.bytes).sort((a, b) => a.bytes - b.bytes),
      marks: this.#marks.filter(({ bytes }) => bytes <= reached.covered.bytes),
    };
  }

  async #append(lineage: FileLineage): Promise<void> {
    const { appender, place, path, keyOf } = this.#job;
    const origin = originOf(this.#job.format, this.#batch, { producer: place.name, file: path });
    const records = this.#batch.map((record): AppendRecord => {
      const value = isOversized(record) ? describeOversized(record) : record.value;
      return { key: isOversized(record) ? null : keyOf(value, origin), value, sequence: record.line };
    });
    this.#batch = [];
    this.#batchBytes = 0;
    await appender.append(origin, records, encodeLineage(lineage));
  }
}

/** An oversized record stands alone in its append, marked as JSON, which it is not: standardise surely refuses it. */
function originOf(
  format: FileFormat,
  batch: readonly RawRecord[],
  from: { readonly producer: string; readonly file: string },
): RecordOrigin {
  if (format.kind === "json" || batch.some(isOversized)) return { format: "json", ...from };
  return { format: "csv", columns: format.columns, ...from };
}

function isOversized(record: RawRecord): boolean {
  return record.size > record.value.length;
}

/** Where the whole record is to be found, then its head as it came. */
function describeOversized(record: RawRecord): Buffer {
  const where = { line: record.line, firstByte: record.start, bytes: record.size, headBytes: record.value.length };
  return Buffer.concat([Buffer.from(`onefold:too-large ${JSON.stringify(where)}\n`), record.value]);
}
