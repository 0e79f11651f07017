/** The graph's resolvers by hand, over plain hashes: for the fields that the bench asks for. */
import type { Behavior, Order } from "../data/sample-records.ts";
import type { Fields, HashReads } from "./read-hashes.ts";

export interface PeerContext {
  readonly reads: HashReads;
}

/** A record as it stands in its hash, with its id. */
type Row = Fields & { readonly id: string };

type Resolve = (parent: never, args: Readonly<Record<string, unknown>>, context: PeerContext) => unknown;
type ResolveReference = (reference: { readonly id: string }, context: PeerContext) => Promise<Row>;
type Resolvers = Readonly<Record<string, Readonly<Record<string, Resolve | ResolveReference>>>>;

type Read = (text: string | undefined) => unknown;

const count: Read = (text) => Number(text ?? 0);
const text: Read = (value) => value ?? null;
const money: Read = (cents) => (cents === undefined ? null : formatCents(Number(cents)));
const amount: Read = (cents) => formatCents(Number(cents ?? 0));
const instant: Read = (ms) => (ms === undefined ? null : new Date(Number(ms)).toISOString());

/** The record is read once, where the entity is met; its fields then wait for nothing. */
function fields(kind: string, reads: Readonly<Record<string, Read>>): Resolvers[string] {
  const resolvers = Object.entries(reads).map(([name, read]): [string, Resolve] => [
    name,
    (row: Row) => read(row[name]),
  ]);
  const __resolveReference: ResolveReference = ({ id }, context) => rowOf(kind, id, context.reads);
  return { __resolveReference, ...Object.fromEntries(resolvers) };
}

async function rowOf(kind: string, id: string, { record }: HashReads): Promise<Row> {
  return { ...(await record.load(`${kind}:${id}`)), id };
}

function page(list: string): Resolve {
  return async ({ id }: Row, { first }, { reads }) => {
    const nodes = await reads.page.load({ key: `consumer:${id}:${list}`, first: Number(first) });
    return { edges: nodes.map((node) => ({ node })) };
  };
}

const times: Readonly<Record<string, Resolve>> = { ts: ({ ts }: Behavior) => new Date(ts).toISOString() };

/** By the domain of the subgraph. */
export const peerResolvers: Readonly<Record<string, Resolvers>> = {
  consumer: {
    Query: {
      async consumer(_root, { id }, { reads }) {
        const row = await rowOf("consumer", String(id), reads);
        return Object.keys(row).length === 1 ? null : row;
      },
    },
    Consumer: {
      ...fields("consumer", {
        city: text,
        lastSeenAt: instant,
        views: count,
        carts: count,
        favourites: count,
        purchases: count,
      }),
      recent: page("recent"),
    },
    UserBehavior: { ...times, item: ({ itemId }: Behavior) => ({ id: itemId }) },
  },
  enterprise: {
    Consumer: { ...fields("consumer", { orders: count, spent: amount }), recentOrders: page("recentOrders") },
    Item: {
      ...fields("item", { title: text, price: money, views: count, unitsSold: count }),
      shop: ({ shopId }: Row, _args, { reads }) => (shopId === undefined ? null : rowOf("shop", shopId, reads)),
    },
    Shop: fields("shop", { name: text, city: text, orders: count, revenue: amount }),
    OrderPlaced: {
      ...times,
      amount: (order: Order) => formatCents(order.amount),
      item: ({ itemId }: Order, _args, { reads }) => rowOf("item", itemId, reads),
      shop: ({ shopId }: Order, _args, { reads }) => rowOf("shop", shopId, reads),
    },
  },
  content: {
    Consumer: fields("consumer", { contentViews: count, likes: count }),
    Item: fields("item", { features: count }),
  },
};

function formatCents(cents: number): string {
  return (cents / 100).toFixed(2);
}
