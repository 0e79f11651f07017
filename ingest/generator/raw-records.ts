/** Raw records of the sample sources, as objects in the form that their declarations map from. */
import type { Item, Person, Shop } from "./world.ts";
import { decimal, isoTime } from "./generated-record.ts";
import type { ScriptedSource } from "./scripted-sources.ts";

export interface RawEvent {
  readonly source: ScriptedSource;
  readonly raw: Readonly<Record<string, unknown>>;
}

export type Behavior = "pv" | "cart" | "fav" | "buy";

export interface Content {
  readonly id: string;
  readonly kind: "article" | "video" | "livestream";
  readonly title: string;
  readonly authorId: string;
  readonly item: Item;
}

/** Who acts, and when the event happened. */
export interface Act {
  readonly id: string;
  readonly time: number;
  readonly memberId: string;
}

export function shopOpened(shop: Shop, id: string, time: number): RawEvent {
  const raw = { opening_id: id, shop_id: shop.id, name: shop.name, city: shop.city, ts: isoTime(time) };
  return { source: "shop-openings", raw };
}

export function itemListed(item: Item, id: string, time: number): RawEvent {
  const { title, categoryId, cents, shop } = item;
  const listing = { item_id: item.id, shop_id: shop.id, title, category_id: categoryId, price: decimal(cents) };
  return { source: "item-listings", raw: { listing_id: id, ...listing, ts: isoTime(time) } };
}

export function memberRegistered(act: Act, person: Person, channel: string): RawEvent {
  const raw = { registration_id: act.id, member_id: act.memberId, device_id: person.devices[0], city: person.city };
  return { source: "member-registrations", raw: { ...raw, channel, ts: isoTime(act.time) } };
}

export function contentPublished(content: Content, id: string, time: number): RawEvent {
  const { kind, title, authorId, item } = content;
  const size =
    kind === "article" ? { word_count: 200 + title.length * 20 } : { duration_seconds: 30 + title.length * 15 };
  const raw = { publication_id: id, content_id: content.id, kind, title, author_id: authorId, item_id: item.id };
  return { source: "content-published", raw: { ...raw, ...size, ts: isoTime(time) } };
}

export function userBehavior(act: Act, deviceId: string | null, on: { item: Item; behavior: Behavior }): RawEvent {
  const { item, behavior } = on;
  const raw = { event_id: act.id, user_id: act.memberId, item_id: item.id, category_id: item.categoryId, behavior };
  const device = deviceId === null ? {} : { device_id: deviceId };
  return { source: "user-behavior", raw: { ...raw, ...device, unix_seconds: Math.floor(act.time / 1000) } };
}

export interface Order {
  readonly orderId: string;
  readonly memberId: string;
  readonly item: Item;
  readonly quantity: number;
}

export function orderPlaced(order: Order, time: number): RawEvent {
  const { orderId, memberId, item, quantity } = order;
  const raw = { order_id: orderId, member_id: memberId, item_id: item.id, shop_id: item.shop.id, quantity };
  return { source: "orders", raw: { ...raw, amount: decimal(item.cents * quantity), ts: isoTime(time) } };
}

export function paymentReceived(
  order: Order,
  method: string,
  at: { readonly id: string; readonly time: number },
): RawEvent {
  const { orderId, memberId, item, quantity } = order;
  const raw = { payment_id: at.id, order_id: orderId, member_id: memberId, shop_id: item.shop.id };
  return { source: "payments", raw: { ...raw, amount: decimal(item.cents * quantity), method, ts: isoTime(at.time) } };
}

export function engagement(act: Act, content: Content, what: { action: string; seconds: number }): RawEvent {
  const raw = { engagement_id: act.id, member_id: act.memberId, content_id: content.id, action: what.action };
  const seconds = what.seconds === 0 ? {} : { seconds: what.seconds };
  return { source: "engagement", raw: { ...raw, ...seconds, ts: isoTime(act.time) } };
}
