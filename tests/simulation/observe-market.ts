/** What the stores hold of the market, read as subgraphs read it, one line an entry: to be compared with the truth. */
import { readQuarantine } from "../../ingest/quality/quarantine.ts";
import { partitionKey } from "../../schema/cursor.ts";
import { EVENTS_FIELD, readMetric, readRecentEntry } from "../../stores/ports/model-values.ts";
import type { EventLog } from "../../stores/ports/event-log.ts";
import type { SeriesStore } from "../../stores/ports/series-store.ts";
import type { StateStore } from "../../stores/ports/state-store.ts";
import type { StateValue } from "../../stores/ports/state-value.ts";
import { market, sourceOf } from "../ingest/fixtures/market.ts";
import { readAt, type Entries } from "./market-truth.ts";

const HOUR = 3_600_000;
const whole = { from: 0, to: Date.UTC(2100, 0, 1) };

export async function observeState(state: StateStore, generation: number): Promise<Entries> {
  const found = new Map<string, string>();
  for (const { name } of market.entities) {
    for await (const { key, values } of state.scan(generation, name)) {
      found.set(`${name} ${key}`, showEntity(name, values));
    }
  }
  return found;
}

/** An entity's fields as they are answered, in the order of declaration. */
export function showEntity(entity: string, values: ReadonlyMap<string, StateValue>): string {
  const shown: Record<string, unknown> = { events: amountOf(values.get(EVENTS_FIELD)) };
  for (const field of market.entities.find(({ name }) => name === entity)?.fields ?? []) {
    const value = values.get(field.name);
    if (field.kind === "metric") shown[field.name] = readMetric(field, value, { atMs: readAt });
    if (field.kind === "recent") shown[field.name] = recentOf(field.event, value);
  }
  return JSON.stringify(shown);
}

function amountOf(value: StateValue | undefined): number {
  return value?.operation === "add" ? Number(value.amount) : 0;
}

function recentOf(event: string, value: StateValue | undefined): unknown {
  const model = market.events.find(({ name }) => name === event);
  if (model === undefined || value?.operation !== "recent") return [];
  return value.entries.map((entry) => readRecentEntry(model, entry)).map(({ id, time }) => [id, time]);
}

/** The rows of all members that are named in `state`, and of every hour's ranking. */
export async function observeSeries(series: SeriesStore, generation: number, state: Entries): Promise<Entries> {
  const found = new Map<string, string>();
  const hours = new Set<number>();
  const read = async (name: string, entity: string, everyMs: number): Promise<void> => {
    const keys = [...state.keys()].flatMap((of) => (of.startsWith(`${entity} `) ? of.slice(entity.length + 1) : []));
    const at = { generation, table: `series_${name}`, dimension: `dim_${entity}`, ...whole, everyMs };
    const lists = await series.readSeries({ ...at, keys: keys.map((key) => [key]) });
    for (const [i, points] of lists.entries()) {
      for (const { bucket, measures } of points) {
        found.set(`${name} ${keys[i] ?? ""} ${String(bucket)}`, JSON.stringify(measures));
        hours.add(Math.floor(bucket / HOUR) * HOUR);
      }
    }
  };
  await read("Activity", "Person", 60_000);
  await read("ThingActivity", "Thing", HOUR);
  for (const from of hours) {
    const at = { generation, table: "ranking_hotThings", measure: "visits", from, to: from + HOUR, limit: 100 };
    const ranked = (await series.readRanking(at)).map(({ key, measures }) => [key, measures[0]]);
    found.set(`hotThings ${String(from)}`, JSON.stringify(ranked));
  }
  return found;
}

export async function observeHistory(
  series: SeriesStore,
  generation: number,
  partitions: readonly { readonly topic: string; readonly partition: number }[],
): Promise<Entries> {
  const found = new Map<string, string>();
  for (const { name, source } of market.events) {
    const { topic } = sourceOf(source);
    for (const { partition } of partitions.filter((of) => of.topic === topic)) {
      const at = { generation, table: `dwd_${name}`, partition, from: 0, limit: 1e6 };
      for (const { offset, id, values, appendTime } of await series.readHistory(at)) {
        found.set(
          `${name} ${partitionKey(topic, partition)} ${String(offset)}`,
          JSON.stringify([id, values, appendTime]),
        );
      }
    }
  }
  return found;
}

/** @throws on a record that is listed twice */
export async function observeQuarantine(log: EventLog): Promise<Entries> {
  const found = new Map<string, string>();
  for await (const { source, partition, offset, raw } of readQuarantine(log, market.sources)) {
    const name = `rejected ${partitionKey(sourceOf(source).topic, partition)} ${String(offset)}`;
    if (found.has(name)) throw new Error(`${name} is listed twice.`);
    found.set(name, Buffer.from(raw, "base64").toString());
  }
  return found;
}

/** The first few entries that differ; none if all are equal. */
export function differences(what: string, got: Entries, want: Entries): readonly string[] {
  const found: string[] = [];
  for (const [name, value] of want) {
    const other = got.get(name);
    if (other !== value) found.push(`${what}: ${name} is ${other ?? "missing"} instead of ${value}`);
  }
  for (const [name, value] of got) if (!want.has(name)) found.push(`${what}: ${name} is ${value}, and should not be`);
  return found.slice(0, 5);
}
