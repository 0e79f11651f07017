/** What clients ask of the graph, each request of another consumer. */
import { consumerId, counts, range } from "./data/sample-records.ts";

export interface GraphQuery {
  readonly name: string;
  /** Takes `$id`. */
  readonly text: string;
}

export const graphQueries: readonly GraphQuery[] = [
  {
    name: "three-domains",
    text: `query Person($id: ID!) {
  consumer(id: $id) {
    id city lastSeenAt views carts favourites purchases orders spent contentViews likes
    recent(first: 10) { edges { node { behavior ts item { id title price views features shop { id name city } } } } }
    recentOrders(first: 5) { edges { node { quantity amount item { title features } shop { name revenue } } } }
  }
}`,
  },
  { name: "counters", text: "query Counters($id: ID!) { consumer(id: $id) { views purchases orders contentViews } }" },
];

/** The bodies of requests for `text`, one a consumer. */
export function requestBodies(query: string): readonly string[] {
  return range(counts.consumers).map((n) => JSON.stringify({ query, variables: { id: consumerId(n) } }));
}
