/** The sparse workload as JSON records, as another program would write them. */
import { createReadStream, createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { writeWorkload } from "../ingest/workload.ts";

/** See `writeWorkload` for the shares of users and items. */
export async function writeSparse(path: string, count: number, seed: number): Promise<void> {
  const csv = `${path}.csv`;
  await writeWorkload(csv, count, seed);
  await pipeline(Readable.from(jsonLines(csv, seed)), createWriteStream(path));
  await rm(csv);
}

async function* jsonLines(csv: string, seed: number): AsyncGenerator<string> {
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(csv), crlfDelay: Infinity })) {
    const [user_id, item_id, category_id, behavior, seconds] = line.split(",");
    const event_id = `s${String(seed)}-${String(number++)}`;
    yield `${JSON.stringify({ event_id, user_id, item_id, category_id, behavior, unix_seconds: Number(seconds) })}\n`;
  }
}
