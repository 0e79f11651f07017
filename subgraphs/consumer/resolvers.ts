/** The consumer domain's fields that are computed by hand. */
import { fromCounters } from "../runtime/domain-resolvers.ts";
import type { Resolvers } from "./generated/resolvers.ts";

/** Checked against the generated types: a field that is not in the graph, or gives another type, does not compile. */
export const resolvers = {
  Consumer: {
    /**
     * From 0 to 1: how much of what the person did points to buying. A cart weighs as much as three page views, a
     * favourite as two, a purchase as five; ten views' worth of nothing is assumed of everybody.
     */
    buyingIntent: fromCounters(["views", "carts", "favourites", "purchases"], (counters) => {
      const { views, carts, favourites, purchases } = counters;
      const interest = 3 * carts + 2 * favourites + 5 * purchases;
      return interest / (interest + views + 10);
    }),
  },
} satisfies Resolvers;
