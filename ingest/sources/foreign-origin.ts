/** How records are to be read that others put into a source's topic, and so say nothing of themselves. */
import type { PlatformModel } from "../../schema/model/platform.ts";
import type { RecordOrigin } from "../../stores/ports/event-log.ts";

const OPENING_BRACE = 0x7b;
const json: RecordOrigin = { format: "json", producer: "kafka" };

/** JSON if it begins as an object does, or if the source declares no columns; else CSV with those. */
export function recordOriginOf(platform: PlatformModel): (topic: string, value: Uint8Array) => RecordOrigin {
  const csv = new Map<string, RecordOrigin>();
  for (const { topic, csvColumns } of platform.sources) {
    if (csvColumns !== null) csv.set(topic, { format: "csv", columns: csvColumns, producer: "kafka" });
  }
  return (topic, value) => (value[0] === OPENING_BRACE ? json : (csv.get(topic) ?? json));
}
