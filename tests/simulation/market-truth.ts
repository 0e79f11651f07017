/** What all models of the market must be, folded anew from the raw records of the log, by none of the product's own code. */
import { partitionKey, type CursorVector } from "../../schema/cursor.ts";
import { hash } from "../ingest/fixtures/simulation.ts";

/** One record as it was appended. */
export interface JournalRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Append time, epoch ms. */
  readonly time: number;
  readonly producer: string;
  readonly sequence: number | null;
  readonly text: string;
}

interface MarketEvent {
  readonly type: "Visit" | "Return" | "Note";
  readonly record: JournalRecord;
  readonly id: string;
  readonly time: number;
  readonly late: boolean;
  readonly person: string | null;
  readonly thing: string | null;
  readonly raw: Readonly<Record<string, unknown>>;
  /** Standard values in the order of declaration, null in place of the id. */
  readonly values: readonly unknown[];
  /** Orders events of one time. */
  readonly contentHash: bigint;
  /** In hundredths; null: none. */
  readonly price: number | null;
}

const HOUR = 3_600_000;
const LATE_AFTER = HOUR;
const FUTURE_FROM = 600_000;
/** The width of the buckets of a sliding window of one hour. */
const SLIDE = 180_000;

/** The instant at which sliding windows are read: no event of the market is later. */
export const readAt = Date.UTC(2024, 0, 1, 3, 20);

/** One line an entry, by its name. */
export type Entries = ReadonlyMap<string, string>;

export interface MarketTruth {
  readonly state: Entries;
  readonly series: Entries;
  readonly history: Entries;
  readonly quarantine: Entries;
  readonly tallies: Entries;
  /** What the feed must at least tell: `partition offset entity key`. */
  readonly changes: ReadonlySet<string>;
  /** An entity's value as it was when the store included only `includes`; null: there was no event of it. */
  valueAt(entity: string, key: string, includes: CursorVector): string | null;
}

export function foldMarket(journal: readonly JournalRecord[], dedupeWindow: number): MarketTruth {
  const { events, outcomes } = judge(journal, dedupeWindow);
  const members = new Map<string, MarketEvent[]>();
  const changes = new Set<string>();
  for (const event of events) {
    const at = `${partitionKey(event.record.topic, event.record.partition)} ${String(event.record.offset)}`;
    for (const name of memberNames(event)) {
      const known = members.get(name);
      if (known === undefined) members.set(name, [event]);
      else known.push(event);
      changes.add(`${at} ${name}`);
    }
  }
  return {
    state: new Map([...members].map(([name, of]) => [name, valueOf(name, of)])),
    series: foldSeries(events),
    history: new Map(events.map((event) => [placeOf(event.record, event.type), historyRow(event)])),
    ...outcomes,
    changes,
    valueAt(entity, key, includes) {
      const name = `${entity} ${key}`;
      const of = (members.get(name) ?? []).filter(({ record }) => {
        return record.offset < (includes[partitionKey(record.topic, record.partition)] ?? 0);
      });
      return of.length === 0 ? null : valueOf(name, of);
    },
  };
}

function memberNames({ person, thing }: MarketEvent): readonly string[] {
  return [...(person === null ? [] : [`Person ${person}`]), ...(thing === null ? [] : [`Thing ${thing}`])];
}

function placeOf({ topic, partition, offset }: JournalRecord, type: string): string {
  return `${type} ${partitionKey(topic, partition)} ${String(offset)}`;
}

type Outcomes = Pick<MarketTruth, "quarantine" | "tallies">;

/** Applied, duplicate or rejected: decided record by record, partition by partition, in the order of the log. */
function judge(
  journal: readonly JournalRecord[],
  dedupeWindow: number,
): { readonly events: readonly MarketEvent[]; readonly outcomes: Outcomes } {
  const lastAccepted = new Map<string, number>();
  const events: MarketEvent[] = [];
  const quarantine = new Map<string, string>();
  const counts = new Map<string, [applied: number, duplicates: number, quarantined: number, late: number]>();
  for (const record of journal) {
    const count = counts.get(record.producer) ?? [0, 0, 0, 0];
    counts.set(record.producer, count);
    const event = readEvent(record);
    if (event === null) {
      quarantine.set(placeOf(record, "rejected"), record.text);
      count[2]++;
      continue;
    }
    const name = `${partitionKey(record.topic, record.partition)} ${event.id}`;
    const last = lastAccepted.get(name);
    if (last !== undefined && record.offset - last <= dedupeWindow) {
      count[1]++;
      continue;
    }
    lastAccepted.set(name, record.offset);
    events.push(event);
    count[0]++;
    if (event.late) count[3]++;
  }
  const tallies = new Map([...counts].map(([producer, count]) => [producer, count.join(" ")]));
  return { events, outcomes: { quarantine, tallies } };
}

function readEvent(record: JournalRecord): MarketEvent | null {
  let raw: Record<string, unknown>;
  try {
    raw = JSON.parse(record.text) as Record<string, unknown>;
  } catch {
    return null;
  }
  const time = Number(raw["ts"]) * 1000;
  if (Number.isNaN(time) || time > record.time + FUTURE_FROM) return null;
  const type = record.topic === "events.notes" ? "Note" : raw["type"] === "visit" ? "Visit" : "Return";
  const price = typeof raw["price"] === "string" ? Math.round(Number(raw["price"]) * 100) : null;
  const values = standardValues(type, raw, { time, price });
  const contentHash = hash(JSON.stringify(values));
  const { person, thing } = carriers(type, raw);
  const late = record.time - time > LATE_AFTER;
  return { type, record, id: idOf(record, raw), time, late, person, thing, raw, values, contentHash, price };
}

function standardValues(
  type: MarketEvent["type"],
  raw: Readonly<Record<string, unknown>>,
  { time, price }: { readonly time: number; readonly price: number | null },
): readonly unknown[] {
  const of = (name: string): unknown => raw[name] ?? null;
  switch (type) {
    case "Note":
      return [of("user"), of("text"), time];
    case "Return":
      return [null, of("item"), time];
    case "Visit":
      return [null, of("item"), of("user"), of("device"), of("kind"), of("amount"), price, of("score"), time];
  }
}

function carriers(
  type: MarketEvent["type"],
  raw: Readonly<Record<string, unknown>>,
): Pick<MarketEvent, "person" | "thing"> {
  const { item, user, device } = raw as Readonly<Record<string, string | undefined>>;
  const thing = type === "Note" ? null : `thing:${String(item)}`;
  if (type === "Return") return { person: null, thing };
  if (user !== undefined) return { person: `member:${user}`, thing };
  return { person: device === undefined ? null : `device:${device}`, thing };
}

function idOf(record: JournalRecord, raw: Readonly<Record<string, unknown>>): string {
  if (typeof raw["id"] === "string") return raw["id"];
  if (record.sequence === null) return `${String(record.partition)}-${String(record.offset)}`;
  return `${record.producer.slice(record.producer.lastIndexOf(":") + 1)}-${String(record.sequence)}`;
}

function historyRow(event: MarketEvent): string {
  const { type, id, values, record } = event;
  return JSON.stringify([id, type === "Note" ? values : [id, ...values.slice(1)], record.time]);
}

function inOrder(a: MarketEvent, b: MarketEvent): number {
  if (a.time !== b.time) return a.time - b.time;
  if (a.contentHash !== b.contentHash) return a.contentHash < b.contentHash ? -1 : 1;
  if (a.id.length !== b.id.length) return a.id.length - b.id.length;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

function valueOf(name: string, of: readonly MarketEvent[]): string {
  return JSON.stringify(name.startsWith("Person ") ? personValue(of) : thingValue(of));
}

function personValue(of: readonly MarketEvent[]): unknown {
  const visits = of.filter(({ type }) => type === "Visit").sort(inOrder);
  const notes = of.filter(({ type }) => type === "Note").sort(inOrder);
  const prices = visits.flatMap(({ price }) => price ?? []);
  const scores = visits.flatMap(({ raw }) => (typeof raw["score"] === "number" ? raw["score"] : []));
  const recent = visits.filter((event, at) => at === 0 || inOrder(event, visits[at - 1] as MarketEvent) !== 0);
  return {
    events: of.length,
    visits: visits.length,
    buys: visits.filter(({ raw }) => raw["kind"] === "buy").length,
    units: sum(visits.map(({ raw }) => Number(raw["amount"]))),
    paid: sum(prices),
    firstKind: visits[0]?.raw["kind"] ?? null,
    firstVisit: visits[0]?.id ?? null,
    lastKind: visits.at(-1)?.raw["kind"] ?? null,
    lowestPrice: prices.length === 0 ? null : Math.min(...prices),
    highestScore: scores.length === 0 ? null : Math.max(...scores),
    differentThings: new Set(visits.map(({ raw }) => raw["item"])).size,
    visitsLastHour: visits.filter(({ time }) => Math.floor(time / SLIDE) * SLIDE > readAt - HOUR).length,
    note: notes.at(-1)?.raw["text"] ?? null,
    recentVisits: recent
      .reverse()
      .slice(0, 5)
      .map(({ id, time }) => [id, time]),
  };
}

function thingValue(of: readonly MarketEvent[]): unknown {
  const visits = of.filter(({ type }) => type === "Visit");
  const people = new Set(visits.flatMap(({ raw }) => raw["user"] ?? []));
  return { events: of.length, visits: visits.length, returns: of.length - visits.length, people: people.size };
}

function foldSeries(events: readonly MarketEvent[]): Entries {
  const visits = events.filter(({ type }) => type === "Visit");
  const found = new Map<string, string>();
  const minutes = groupBy(visits, (v) => (v.person === null ? null : `Activity ${v.person} ${floor(v.time, 60_000)}`));
  for (const [name, of] of minutes) {
    found.set(name, JSON.stringify([of.length, of.filter(({ raw }) => raw["kind"] === "buy").length]));
  }
  const hours = groupBy(visits, (v) => `ThingActivity ${String(v.thing)} ${floor(v.time, HOUR)}`);
  for (const [name, of] of hours) found.set(name, JSON.stringify(thingMeasures(of)));
  for (const [hour, of] of groupBy(visits, (v) => floor(v.time, HOUR))) {
    const things = [...groupBy(of, ({ thing }) => thing)].map(([thing, its]) => [thing, its.length] as const);
    const ranked = things.sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    found.set(`hotThings ${hour}`, JSON.stringify(ranked));
  }
  return found;
}

function thingMeasures(of: readonly MarketEvent[]): unknown {
  const prices = of.flatMap(({ price }) => price ?? []);
  const people = new Set(of.flatMap(({ raw }) => raw["user"] ?? []));
  const units = sum(of.map(({ raw }) => Number(raw["amount"])));
  return [of.length, units, prices.length === 0 ? null : Math.min(...prices), people.size];
}

function groupBy(
  events: readonly MarketEvent[],
  nameOf: (event: MarketEvent) => string | null,
): Map<string, MarketEvent[]> {
  const groups = new Map<string, MarketEvent[]>();
  for (const event of events) {
    const name = nameOf(event);
    if (name === null) continue;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [event]);
    else group.push(event);
  }
  return groups;
}

function floor(time: number, width: number): string {
  return String(Math.floor(time / width) * width);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
