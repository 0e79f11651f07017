/** A subscriber of the change feed: it takes its time, goes away and comes back with its cursor, and reads what changed. */
import { partitionKey, type CursorVector } from "../../schema/cursor.ts";
import { OnefoldError } from "../../schema/errors.ts";
import type { ChangeBatch } from "../../stores/ports/change-feed.ts";
import { showEntity } from "./observe-market.ts";
import type { World } from "./simulated-world.ts";

/** What a read answered, to be compared with the truth at its cursor. */
export interface Reading {
  readonly entity: string;
  readonly key: string;
  readonly includes: CursorVector;
  readonly value: string | null;
}

export interface Subscriber {
  readonly position: Readonly<Record<string, number>>;
  /** `partition offset entity key`. */
  readonly told: ReadonlySet<string>;
  readonly readings: readonly Reading[];
  /** Broken promises. */
  readonly complaints: readonly string[];
  /** Below these offsets it was told to read all again, and heard nothing. */
  readonly resumedAt: Readonly<Record<string, number>>;
}

export function runSubscriber(world: World): Subscriber {
  const { places, settings } = world;
  const subscriber = {
    position: Object.fromEntries(places.map(({ topic, partition }) => [partitionKey(topic, partition), settings.base])),
    told: new Set<string>(),
    readings: [] as Reading[],
    complaints: [] as string[],
    resumedAt: {} as Record<string, number>,
  };
  void subscribeForEver(world, subscriber);
  return subscriber;
}

type Mutable = {
  readonly position: Record<string, number>;
  readonly told: Set<string>;
  readonly readings: Reading[];
  readonly complaints: string[];
  readonly resumedAt: Record<string, number>;
};

async function subscribeForEver(world: World, subscriber: Mutable): Promise<void> {
  const { changes, random, time, hit } = world;
  for (let visits = 0; ; visits++) {
    if (visits > 0) hit("subscriber-returns");
    const leave = new AbortController();
    try {
      for await (const batch of changes.subscribe({ after: { ...subscriber.position }, signal: leave.signal })) {
        take(subscriber, batch);
        await readOne(world, subscriber, batch);
        await time.sleep(random.below(50));
        if (random.chance(0.05)) leave.abort();
      }
    } catch (fault) {
      if (!(fault instanceof OnefoldError) || fault.code !== "CURSOR_EXPIRED" || !world.settings.trims) {
        subscriber.complaints.push(String(fault));
        return;
      }
      for (const [key, end] of Object.entries(await changes.ends())) {
        subscriber.position[key] = subscriber.resumedAt[key] = end;
      }
    }
    await time.sleep(random.below(500));
  }
}

function take({ position, told, complaints }: Mutable, { topic, partition, from, to, entities }: ChangeBatch): void {
  const key = partitionKey(topic, partition);
  if (from !== position[key]) complaints.push(`${key} goes from ${String(position[key])} to ${String(from)}`);
  position[key] = to;
  for (const { entity, keys } of entities) {
    for (const member of keys) {
      for (let offset = from; offset < to; offset++) told.add(`${key} ${String(offset)} ${entity} ${member}`);
    }
  }
}

/** Reads one of the changed entities: what the feed tells of must be there. */
async function readOne(world: World, subscriber: Mutable, batch: ChangeBatch): Promise<void> {
  const { state, random } = world;
  const changed = batch.entities.flatMap(({ entity, keys }) => keys.map((key) => ({ entity, key })));
  if (changed.length === 0) return;
  const { entity, key } = random.pick(changed);
  const { entities, includes } = await state.read({ generation: 1, entity, keys: [key], fields: null });
  const values = entities[0] ?? null;
  subscriber.readings.push({ entity, key, includes, value: values === null ? null : showEntity(entity, values) });
  const place = partitionKey(batch.topic, batch.partition);
  const has = includes[place] ?? 0;
  const wasLost = world.hits.has("state-lost") || world.hits.has("shards-lost");
  if (!wasLost && has < batch.to) {
    subscriber.complaints.push(`${place} tells of changes up to ${String(batch.to)}, and the state has ${String(has)}`);
  }
}

/** Whether it has heard all that the feed has told. */
export function isUpToDate(subscriber: Subscriber, ends: CursorVector): boolean {
  return Object.entries(ends).every(([key, end]) => (subscriber.position[key] ?? 0) >= end);
}

/** Of `changes`, what it neither heard nor was told to read again. */
export function missedChanges({ told, resumedAt }: Subscriber, changes: ReadonlySet<string>): readonly string[] {
  return [...changes].filter((change) => {
    if (told.has(change)) return false;
    const [place = "", offset = "0"] = change.split(" ");
    return Number(offset) >= (resumedAt[place] ?? 0);
  });
}
