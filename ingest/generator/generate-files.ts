/** Writes generated records to files, one NDJSON file a source: to be ingested elsewhere, or looked at. */
import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import type { GeneratedRecord } from "./generated-record.ts";
import { createGenerator, type GeneratorOptions, type PlantedTruth } from "./create-generator.ts";

export interface GeneratedFiles {
  /** By source: where its records are, and how many. */
  readonly files: Readonly<Record<string, { readonly path: string; readonly records: number }>>;
  readonly truth: PlantedTruth;
}

/** The catalogue, then `events` records of traffic. Files of the same names are replaced. */
export async function generateFiles(
  folder: string,
  events: number,
  options: GeneratorOptions & { readonly signal?: AbortSignal },
): Promise<GeneratedFiles> {
  await mkdir(folder, { recursive: true });
  const generator = createGenerator(options);
  const streams = new Map<string, WriteStream>();
  const files: Record<string, { path: string; records: number }> = {};
  const write = async ({ source, raw }: GeneratedRecord): Promise<void> => {
    const path = join(folder, `${source}.ndjson`);
    const stream = streams.get(source) ?? createWriteStream(path);
    streams.set(source, stream);
    const file = (files[source] ??= { path, records: 0 });
    file.records++;
    if (!stream.write(`${raw}\n`)) await once(stream, "drain");
  };
  for (const records of generator.catalogue().values()) for (const record of records) await write(record);
  for (let left = events; left > 0;) {
    options.signal?.throwIfAborted();
    const records = generator.next(Math.min(2_000, left));
    if (records.length === 0) break;
    for (const record of records) await write(record);
    left -= records.length;
  }
  for (const stream of streams.values()) stream.end();
  await Promise.all([...streams.values()].map((stream) => finished(stream)));
  return { files, truth: generator.truth() };
}
