/** The file source: one file of raw events comes in, its records go to the log, each exactly once for ever. */
import type { CursorVector } from "../../../schema/cursor.ts";
import { OnefoldError } from "../../../schema/errors.ts";
import type { PlatformModel } from "../../../schema/model/platform.ts";
import type { SourceModel } from "../../../schema/model/source.ts";
import type { EventLog } from "../../../stores/ports/event-log.ts";
import type { Progress } from "../../progress.ts";
import { pauseOnTimer, type Pause } from "../../worker/pause.ts";
import { createRecordKey, keyless } from "../record-key.ts";
import { CheckpointedAppender } from "./checkpointed-appender.ts";
import { readFileFormat, type FormatOptions } from "./file-format.ts";
import { fileProducerPrefix } from "./file-lineage.ts";
import { identifyFile } from "./identify-file.ts";
import { openContent, type FileContent } from "./open-content.ts";
import { placeFile } from "./place-file.ts";
import { takeInContent, type BatchLimits } from "./take-in-content.ts";

export interface IngestFileDeps {
  readonly log: EventLog;
  readonly platform: PlatformModel;
  readonly source: SourceModel;
  readonly path: string;
  /** UTC epoch milliseconds. */
  readonly clock: () => number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** @default timers */
  readonly pause?: Pause;
  /** From 0 up to 1. @default Math.random */
  readonly random?: () => number;
  /** @default files of this machine */
  readonly open?: (path: string) => Promise<FileContent>;
}

export interface IngestFileOptions extends FormatOptions, BatchLimits {
  /** Of the source's topic, if it is not there yet. @default 1 */
  readonly partitions?: number;
  /**
   * Nothing will be added to the file: a quoted field that is open at its end is a stray quote, and the lines behind it
   * are records. Otherwise they are held back until the file has grown. @default false
   */
  readonly complete?: boolean;
}

export interface IngestFileResult {
  /** The producer whose name stands in the records' origin: `file:<source>:<id>`. */
  readonly producer: string;
  /** Records in the file: `appended + skipped`. */
  readonly read: number;
  /** Records appended by this call. */
  readonly appended: number;
  /** Records that the log already had from this file. */
  readonly skipped: number;
  /** Size of the content, decompressed. */
  readonly bytes: number;
  /** Includes all that this call appended; empty if that is nothing. */
  readonly cursor: CursorVector;
  /** For people, where the result may surprise; null otherwise. */
  readonly note: string | null;
}

/**
 * Ingests a CSV or JSON lines file, plain or gzip. A file is known by its content (`place-file.ts` says how), so that
 * ingesting it again, under whatever name, appends only what was added to its end. May be killed at any instant and
 * called again; two calls at once do the work once. A last line without its line end is taken, and taken again, with
 * the same line number, when the file has grown and that line with it. A record of more than 32 MiB is taken as its head
 * with its place in the file.
 * @throws OnefoldError INPUT_INVALID, and what the log throws
 */
export async function ingestFile(deps: IngestFileDeps, options: IngestFileOptions = {}): Promise<IngestFileResult> {
  const { log, source, platform } = deps;
  await using content = await (deps.open ?? openContent)(deps.path);
  const format = await readFileFormat(source, content, options);
  const topic = await log.createTopic(source.topic, { partitions: options.partitions ?? 1 });
  const keyOf = topic.partitions > 1 ? createRecordKey(platform, source) : keyless;
  const total = { appended: 0, ends: {} as Record<string, number> };
  const retry = new Retry(source, deps.pause ?? pauseOnTimer, deps.random ?? Math.random);
  for (;;) {
    const fingerprint = await identify(deps, content);
    const place = await placeFile(source.name, content.path, fingerprint);
    const appender = new CheckpointedAppender({ log, topic: source.topic, clock: deps.clock, ...place });
    const onRead = (recordsRead: number, bytesRead: number): void => {
      deps.onProgress?.({ recordsRead, bytesRead, totalBytes: fingerprint.whole.bytes });
    };
    const { path, signal } = deps;
    const complete = options.complete ?? false;
    const job = { content, format, fingerprint, place, appender, keyOf, path, complete, signal, onRead };
    const { records: read, held } = await settled(appender, takeInContent(job, options));
    total.appended += appender.appended;
    Object.assign(total.ends, appender.ends);
    if (appender.moved) {
      await retry.wait(deps.signal);
      continue;
    }
    const { appended, ends: cursor } = total;
    const { name: producer } = place;
    const note = held === null ? place.note : heldNote(held);
    return { producer, read, appended, skipped: read - appended, bytes: fingerprint.whole.bytes, cursor, note };
  }
}

async function identify({ log, source, signal, onProgress }: IngestFileDeps, content: FileContent) {
  const known = await log.producers(fileProducerPrefix(source.name));
  const onBytes = (bytesRead: number): void =>
    onProgress?.({ recordsRead: 0, bytesRead, totalBytes: content.totalBytes, note: "looking whether it is known" });
  return identifyFile(content, known, { signal, onBytes });
}

function heldNote({ line, bytes }: { readonly line: number; readonly bytes: number }): string {
  return `Held back: ${bytes} bytes from line ${line} on, for a quoted field opens there and does not close. Ingest the file again when it has grown, or, if this is its end, with --complete: then each of those lines is a record.`;
}

/** Whatever the reading comes to, no append stays unobserved. */
async function settled<T>(appender: CheckpointedAppender, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } finally {
    await appender.settle();
  }
}

/**
 * Another process with the same file: give it way, more each time, and not for as long as it does: where each takes over from
 * the other in turn, two in step would do nothing else.
 */
class Retry {
  readonly #source: SourceModel;
  readonly #pause: Pause;
  readonly #random: () => number;
  #count = 0;

  constructor(source: SourceModel, pause: Pause, random: () => number) {
    this.#source = source;
    this.#pause = pause;
    this.#random = random;
  }

  async wait(signal: AbortSignal | undefined): Promise<void> {
    if (++this.#count > 1_000) {
      throw new OnefoldError("INTERNAL", `The state of a file of ${this.#source.name} never came to rest.`);
    }
    const pauseMs = Math.min(500, this.#count * 10) * (0.5 + this.#random());
    await this.#pause(pauseMs, signal ?? new AbortController().signal);
    signal?.throwIfAborted();
  }
}
