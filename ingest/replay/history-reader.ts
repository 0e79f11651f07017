/** Reads DWD back as standard events in offset order: what the log no longer holds comes from here. */
import type { EventModel, StandardEvent } from "../../schema/model/event.ts";
import type { HistoryRow, SeriesStore } from "../../stores/ports/series-store.ts";
import type { TextHash } from "../standardize/standardize.ts";
import type { PlacedEvent } from "../worker/partition-processor.ts";

/** @default 20,000 rows of each event type at a time */
const PAGE = 20_000;

export interface HistoryPage {
  readonly events: readonly PlacedEvent[];
  /** Where to go on: everything below is included. */
  readonly next: number;
}

/** Yields the accepted events of one partition in [from, to), oldest first, over all event types of its source. */
export async function* readHistoryEvents(
  deps: { readonly series: SeriesStore; readonly hash: TextHash },
  of: { readonly generation: number; readonly events: readonly EventModel[]; readonly partition: number },
  range: { readonly from: number; readonly to: number },
): AsyncIterable<HistoryPage> {
  for (let from = range.from; from < range.to;) {
    const pages = await Promise.all(
      of.events.map(async (model) => {
        const table = `dwd_${model.name}`;
        const { generation, partition } = of;
        const rows = await deps.series.readHistory({ generation, table, partition, from, limit: PAGE });
        return { model, rows };
      }),
    );
    // A full page may have more rows above its last one; nothing beyond the least such row is complete yet.
    const ends = pages.map(({ rows }) => (rows.length < PAGE ? range.to : (rows.at(-1)?.offset ?? 0) + 1));
    const next = Math.min(range.to, ...ends);
    const events = pages
      .flatMap(({ model, rows }) =>
        rows.filter(({ offset }) => offset < next).map((row) => placeEvent(model, row, deps.hash)),
      )
      .sort((a, b) => a.event.offset - b.event.offset);
    yield { events, next };
    from = next;
  }
}

function placeEvent(model: EventModel, row: HistoryRow, hash: TextHash): PlacedEvent {
  const time = row.values[model.timeField] as number;
  const text = JSON.stringify(row.values.map((value, index) => (index === model.idField ? null : value)));
  const late = row.appendTime - time > model.latenessMs;
  const event: StandardEvent = {
    model,
    id: row.id,
    values: row.values,
    time,
    text,
    hash: hash(text),
    offset: row.offset,
    late,
  };
  return { event, appendTime: row.appendTime };
}
