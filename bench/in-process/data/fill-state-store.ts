/** The records as Onefold's ingest would leave them: values of the state store, in one batch. */
import { SHARDS, shardOf } from "../../../schema/model/entity-key.ts";
import type { EventModel, StandardEvent } from "../../../schema/model/event.ts";
import type { PlatformModel } from "../../../schema/model/platform.ts";
import type { StandardValue } from "../../../schema/model/value.ts";
import { EVENTS_FIELD, extremeBytes, latestBytes, recentEntry } from "../../../stores/ports/model-values.ts";
import type { EntityMutations, StateStore } from "../../../stores/ports/state-store.ts";
import type { Mutation } from "../../../stores/ports/state-value.ts";
import { consumerRecord, counts, itemRecord, range, shopRecord } from "./sample-records.ts";

export const GENERATION = 1;

/** Begins the store, which must be empty, and fills it. */
export async function fillStateStore(store: StateStore, platform: PlatformModel): Promise<void> {
  const record = { version: 1, serving: GENERATION, fingerprints: { [GENERATION]: "bench" } };
  if (!(await store.serve(record, 0))) throw new Error("The store was begun already.");
  const write = recordWriter(platform);
  const entities: readonly EntityMutations[] = [
    ...range(counts.consumers).map(write.consumer),
    ...range(counts.items).map(write.item),
    ...range(counts.shops).map(write.shop),
  ];
  const shards = range(SHARDS).map((shard) => ({
    shard,
    from: 0,
    entities: entities.filter(({ entity, key }) => shardOf(entity, key) === shard),
  }));
  const place = { generation: GENERATION, topic: "events.user-behavior", partition: 0, to: 1 };
  await store.apply({ ...place, shards, segment: null });
}

type WriteRecord = (n: number) => EntityMutations;

function recordWriter(platform: PlatformModel): Readonly<Record<"consumer" | "item" | "shop", WriteRecord>> {
  const event = (name: string): EventModel => {
    const model = platform.events.find((candidate) => candidate.name === name);
    if (model === undefined) throw new Error(`No event ${name}.`);
    return model;
  };
  const [behavior, order, registered, listed, opened] = [
    event("UserBehavior"),
    event("OrderPlaced"),
    event("MemberRegistered"),
    event("ItemListed"),
    event("ShopOpened"),
  ];
  const exists = add(EVENTS_FIELD, 1);
  return {
    consumer(n) {
      const { id, city, lastSeenAt, spent, recent, recentOrders, ...record } = consumerRecord(n);
      const behaviors = recent.map((one) => standardEvent(behavior, { ...one }, one.eventId));
      const orders = recentOrders.map((one) => standardEvent(order, { ...one }, one.orderId));
      const mutations: readonly Mutation[] = [
        exists,
        latest(registered, "city", city),
        { field: "lastSeenAt", operation: "greatest", bytes: extremeBytes("max", lastSeenAt) },
        add("spent", spent),
        ...Object.entries(record).map(([field, amount]) => add(field, amount)),
        { field: "recent", operation: "recent", keep: 100, entries: descending(behaviors) },
        { field: "recentOrders", operation: "recent", keep: 50, entries: descending(orders) },
      ];
      return { entity: "Consumer", key: `member:${id}`, mutations };
    },
    item(n) {
      const { id, title, price, shopId, ...record } = itemRecord(n);
      const attributes = [latest(listed, "title", title), latest(listed, "price", price)];
      const mutations = [
        exists,
        ...attributes,
        latest(listed, "shop", shopId),
        ...Object.entries(record).map(([field, amount]) => add(field, amount)),
      ];
      return { entity: "Item", key: `item:${id}`, mutations };
    },
    shop(n) {
      const { id, name, city, orders, revenue } = shopRecord(n);
      const attributes = [latest(opened, "name", name), latest(opened, "city", city)];
      const mutations = [exists, ...attributes, add("orders", orders), add("revenue", revenue)];
      return { entity: "Shop", key: `shop:${id}`, mutations };
    },
  };
}

function add(field: string, amount: number): Mutation {
  return { field, operation: "add", amount };
}

function latest(model: EventModel, field: string, value: StandardValue): Mutation {
  return { field, operation: "greatest", bytes: latestBytes({ time: 1, hash: 1n, id: model.name }, value) };
}

function descending(events: readonly StandardEvent[]): readonly Uint8Array[] {
  return events.map(recentEntry).sort((a, b) => Buffer.compare(b, a));
}

function standardEvent(model: EventModel, fields: Readonly<Record<string, StandardValue>>, id: string): StandardEvent {
  const values = model.fields.map(({ name }) => fields[name] ?? null);
  const text = JSON.stringify(values.map((value, i) => (i === model.idField ? null : value)));
  return { model, id, values, time: Number(values[model.timeField]), text, hash: 1n, offset: 0, late: false };
}
