/** What the file source's tests share: a log, files in a folder of their own, and a way to read what came into the log. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { PlatformModel } from "../../../../schema/model/platform.ts";
import type { SourceModel } from "../../../../schema/model/source.ts";
import type { EventLog, LogRecord } from "../../../../stores/ports/event-log.ts";
import { createMemoryEventLog } from "../../../../stores/memory/event-log.ts";
import {
  ingestFile,
  type IngestFileDeps,
  type IngestFileOptions,
  type IngestFileResult,
} from "../../../../ingest/sources/file/index.ts";

export const csvSource: SourceModel = sourceNamed("lines", ["a", "b"]);
export const headedSource: SourceModel = sourceNamed("headed", null);
export const jsonSource: SourceModel = { ...sourceNamed("objects", null), fileFormat: "json" };

const platform: PlatformModel = {
  domains: [],
  sources: [csvSource, headedSource, jsonSource],
  events: [],
  entities: [],
  series: [],
  rankings: [],
  fingerprint: "",
};

function sourceNamed(name: string, csvColumns: readonly string[] | null): SourceModel {
  const topics = { topic: `events.${name}`, quarantineTopic: `quarantine.${name}` };
  return { name, domain: "test", ...topics, csvColumns, fileFormat: "csv", description: null };
}

export interface FileBench extends AsyncDisposable {
  readonly log: EventLog;
  write(name: string, content: string | Uint8Array, options?: { readonly gzip?: boolean }): Promise<string>;
  path(name: string): string;
  ingest(path: string, options?: IngestFileOptions & Partial<IngestFileDeps>): Promise<IngestFileResult>;
  /** All records of the source, by append order. */
  records(source?: SourceModel): Promise<readonly LogRecord[]>;
  /** Their values as text. */
  values(source?: SourceModel): Promise<readonly string[]>;
}

export async function openFileBench(log: EventLog = createMemoryEventLog()): Promise<FileBench> {
  const folder = await mkdtemp(join(tmpdir(), "onefold-file-"));
  const path = (name: string): string => join(folder, name);
  const records = async (source = csvSource): Promise<readonly LogRecord[]> => {
    await log.createTopic(source.topic, { partitions: 1 });
    return [...(await log.read(source.topic, 0, 0, { maxRecords: 1e9, maxBytes: 1e12 })).records];
  };
  return {
    log,
    path,
    write: async (name, content, options) => {
      const bytes = Buffer.from(content as string);
      await writeFile(path(name), options?.gzip === true ? gzipSync(bytes) : bytes);
      return path(name);
    },
    ingest: (file, options = {}) =>
      ingestFile({ log, platform, source: csvSource, path: file, clock: () => 1_000, ...options }, options),
    records,
    values: async (source) => (await records(source)).map(({ value }) => Buffer.from(value).toString()),
    [Symbol.asyncDispose]: async () => {
      await rm(folder, { recursive: true });
      await log[Symbol.asyncDispose]();
    },
  };
}

/** Event ids as standardise derives them: the last part of the producer, and the line. */
export function eventId({ origin, sequence }: LogRecord): string {
  return `${origin.producer.slice(origin.producer.lastIndexOf(":") + 1)}-${String(sequence)}`;
}
