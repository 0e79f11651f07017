/** `quarantine list` and `quarantine show`: what was refused, newest first, and one refused record whole. */
import { isUtf8 } from "node:buffer";
import { OnefoldError } from "../../schema/errors.ts";
import type { SourceModel } from "../../schema/model/source.ts";
import {
  countQuarantined,
  readQuarantine,
  type QuarantineEntry,
  type QuarantineItem,
} from "../../ingest/quality/quarantine.ts";
import type { EventLog } from "../../stores/ports/event-log.ts";
import type { Engine } from "../profiles/engine.ts";
import { findSource } from "./find-source.ts";
import type { QuarantineDetail, QuarantineList } from "./operation.ts";

/** The newest `limit` by time of arrival. Of the quarantine only the newest `limit` of each source are read. */
export async function listQuarantine(
  engine: Pick<Engine, "log" | "platform">,
  { source, limit }: { readonly source: string | null; readonly limit: number },
): Promise<QuarantineList> {
  const sources = source === null ? engine.platform.sources : [findSource(engine.platform, source)];
  const items: QuarantineItem[] = [];
  let total = 0;
  for (const each of sources) {
    const { quarantineTopic } = each;
    total += await countQuarantined(engine.log, each);
    for (const { partition, start, end } of await engine.log.ranges(quarantineTopic)) {
      const range = { topic: quarantineTopic, partition, from: Math.max(start, end - limit), end };
      for await (const item of readItems(engine.log, range)) items.push(item);
    }
  }
  return { items: items.sort(newestFirst).slice(0, limit), total };
}

interface Range {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly end: number;
}

async function* readItems(log: EventLog, { topic, partition, from, end }: Range): AsyncIterable<QuarantineItem> {
  for (let at = from; at < end;) {
    const chunk = await log.read(topic, partition, at);
    for (const { value } of chunk.records) {
      // Whole records may be large: only what is listed is kept.
      const { raw: _raw, ...item } = JSON.parse(Buffer.from(value).toString("utf8")) as QuarantineEntry;
      yield item;
    }
    if (chunk.next === at) break;
    at = chunk.next;
  }
}

function newestFirst(a: QuarantineItem, b: QuarantineItem): number {
  if (a.time !== b.time) return a.time < b.time ? 1 : -1;
  return a.source === b.source ? b.offset - a.offset : a.source < b.source ? -1 : 1;
}

/** @throws OnefoldError INPUT_INVALID for an id that nothing in the quarantine has */
export async function showQuarantine(engine: Pick<Engine, "log" | "platform">, id: string): Promise<QuarantineDetail> {
  const source = engine.platform.sources.find(({ name }) => name === id.split(":")[0]);
  if (source !== undefined) {
    for await (const entry of readQuarantine(engine.log, [source])) if (entry.id === id) return detail(entry, source);
  }
  throw new OnefoldError("INPUT_INVALID", `Nothing in the quarantine has the id ${JSON.stringify(id)}.`, {
    remedy: "`onefold quarantine list` shows the ids: <source>:<partition>:<offset>.",
  });
}

function detail({ raw, ...item }: QuarantineEntry, source: SourceModel): QuarantineDetail {
  const bytes = Buffer.from(raw, "base64");
  const record = isUtf8(bytes)
    ? { encoding: "utf8" as const, text: bytes.toString("utf8") }
    : { encoding: "base64" as const, text: raw };
  return { ...item, record, hint: hintOf(item, source) };
}

function hintOf({ rule, format }: QuarantineItem, source: SourceModel): string {
  switch (rule) {
    case "csv":
      return `A line of ${source.name} has these columns: ${source.csvColumns?.join(", ") ?? "those of its header line"}.`;
    case "json":
      return "Send one JSON object for each event.";
    case "utf8":
      return `Write the ${format === "csv" ? "file" : "text"} in UTF-8.`;
    case "too-large":
      return "Send less in one event: it is more than the largest that is taken.";
    case "no-event":
      return "Look at the events that the domain declares for this source, and at their `match`.";
    default:
      return (
        "If the record is wrong, send it again, corrected. If the rule is wrong, change the declaration and start " +
        "Onefold again: records that the log still holds are then judged anew."
      );
  }
}
