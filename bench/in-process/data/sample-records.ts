/** The records that both contenders serve, out of their numbers: the same on every run. Times in epoch ms, money in cents. */

export interface Behavior {
  readonly eventId: string;
  readonly userId: string;
  readonly itemId: string;
  readonly behavior: string;
  readonly ts: number;
}

export interface Order {
  readonly orderId: string;
  readonly memberId: string;
  readonly itemId: string;
  readonly shopId: string;
  readonly quantity: number;
  readonly amount: number;
  readonly ts: number;
}

export interface ConsumerRecord {
  readonly id: string;
  readonly city: string;
  readonly lastSeenAt: number;
  readonly views: number;
  readonly carts: number;
  readonly favourites: number;
  readonly purchases: number;
  readonly orders: number;
  readonly spent: number;
  readonly contentViews: number;
  readonly likes: number;
  /** Newest first. */
  readonly recent: readonly Behavior[];
  readonly recentOrders: readonly Order[];
}

export interface ItemRecord {
  readonly id: string;
  readonly title: string;
  readonly price: number;
  readonly shopId: string;
  readonly views: number;
  readonly unitsSold: number;
  readonly features: number;
}

export interface ShopRecord {
  readonly id: string;
  readonly name: string;
  readonly city: string;
  readonly orders: number;
  readonly revenue: number;
}

export const counts = { consumers: 2_000, items: 1_000, shops: 50, recent: 20, orders: 5 } as const;

const START = Date.UTC(2026, 0, 1);
const behaviors = ["pv", "pv", "pv", "cart", "fav", "buy"] as const;
const cities = ["Leiden", "Porto", "Kyoto", "Cusco", "Tartu"] as const;

export function consumerRecord(n: number): ConsumerRecord {
  const id = consumerId(n);
  const lastSeenAt = START + n * 60_000;
  return {
    id,
    city: pick(cities, n),
    lastSeenAt,
    views: 100 + mix(n, 1, 900),
    carts: mix(n, 2, 40),
    favourites: mix(n, 3, 20),
    purchases: mix(n, 4, 10),
    orders: mix(n, 5, 10),
    spent: mix(n, 6, 100_000),
    contentViews: mix(n, 7, 300),
    likes: mix(n, 8, 50),
    recent: range(counts.recent).map((i) => ({
      eventId: `e${String(n)}-${String(i)}`,
      userId: id,
      itemId: itemId(mix(n, 20 + i, counts.items)),
      behavior: pick(behaviors, n + i),
      ts: lastSeenAt - i * 1_000,
    })),
    recentOrders: range(counts.orders).map((i) => {
      const item = mix(n, 60 + i, counts.items);
      return {
        orderId: `o${String(n)}-${String(i)}`,
        memberId: id,
        itemId: itemId(item),
        shopId: itemRecord(item).shopId,
        quantity: 1 + mix(n, 70 + i, 5),
        amount: 500 + mix(n, 80 + i, 20_000),
        ts: lastSeenAt - i * 3_600_000,
      };
    }),
  };
}

export function itemRecord(n: number): ItemRecord {
  return {
    id: itemId(n),
    title: `Thing ${String(n)} of ${pick(cities, n)}`,
    price: 100 + mix(n, 11, 50_000),
    shopId: shopId(mix(n, 12, counts.shops)),
    views: mix(n, 13, 10_000),
    unitsSold: mix(n, 14, 500),
    features: mix(n, 15, 12),
  };
}

export function shopRecord(n: number): ShopRecord {
  return {
    id: shopId(n),
    name: `Shop ${String(n)}`,
    city: pick(cities, n + 2),
    orders: mix(n, 16, 5_000),
    revenue: mix(n, 17, 10_000_000),
  };
}

export function consumerId(n: number): string {
  return `u${String(1000 + n)}`;
}

export function range(length: number): readonly number[] {
  return Array.from({ length }, (_, i) => i);
}

function itemId(n: number): string {
  return `i${String(n)}`;
}

function shopId(n: number): string {
  return `s${String(n)}`;
}

function pick(list: readonly string[], n: number): string {
  return list[n % list.length] ?? "";
}

/** From 0 to below `below`, the same for the same numbers. */
function mix(n: number, salt: number, below: number): number {
  let hash = Math.imul(n + 1, 0x9e3779b1) ^ Math.imul(salt, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
  return ((hash ^ (hash >>> 13)) >>> 0) % below;
}
