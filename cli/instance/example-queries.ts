/** What GraphiQL shows in its tabs: queries worth a look over the sample domains, or a start for others. */
import type { ExampleQuery } from "../../gateway/server/gateway-options.ts";
import { queryName, subscriptionName } from "../../schema/model/generated-names.ts";
import type { PlatformModel } from "../../schema/model/platform.ts";

export function exampleQueries(platform: PlatformModel): readonly ExampleQuery[] {
  return hasSamples(platform) ? sampleQueries : genericQueries(platform);
}

/** Whether the sample domains are declared, as far as the queries need them. */
export function hasSamples({ events, entities, rankings }: PlatformModel): boolean {
  const all = new Set([...events, ...entities, ...rankings].map(({ name }) => name));
  return ["UserBehavior", "OrderPlaced", "Engagement", "Consumer", "Item", "Shop", "Content", "hotItems"].every(
    (name) => all.has(name),
  );
}

/** The first query over the samples that a new user is told to try. */
export const FIRST_QUERY = "{ hotItems(first: 3) { rank views item { id title shop { name } } } }";

const hotItems = `query HotItems {
  hotItems(every: HOUR, first: 10) {
    rank
    views
    item {
      id
      title
      price
      purchases
      shop {
        id
        name
        revenue
      }
      latestContent {
        id
        title
        likes
      }
    }
  }
}
`;

const person = `query Person($id: ID! = "u1000") {
  consumer(id: $id) {
    id
    city
    views
    carts
    favourites
    purchases
    lastSeenAt
    buyingIntent
    orders
    spent
    contentViews
    recent(first: 5) {
      edges {
        cursor
        node {
          itemId
          behavior
          ts
          item {
            title
            shop {
              name
            }
          }
        }
      }
    }
    activity(every: HOUR, from: "2017-01-01T00:00:00Z") {
      bucket
      views
      purchases
    }
  }
}
`;

const live = `subscription Live($id: ID! = "u1000") {
  consumerChanged(id: $id) {
    id
    views
    carts
    purchases
    lastSeenAt
    spent
  }
}
`;

const publish = `mutation Publish($id: ID! = "u1000") {
  publishUserBehavior(event: { userId: $id, itemId: "i1000", behavior: pv }) {
    cursor
    eventId
  }
}
`;

const trending = `query Trending {
  trending(every: DAY, first: 10) {
    rank
    contentViews
    content {
      __typename
      id
      title
      likes
      item {
        title
      }
    }
  }
}
`;

const sampleQueries: readonly ExampleQuery[] = [
  { name: "Hot items, with what three domains know of them", query: hotItems },
  { name: "One person, from three domains", query: person },
  { name: "Live: a person, after each batch that touched them", query: live },
  { name: "Publish an event; the live tab shows its effect", query: publish },
  { name: "Trending content", query: trending },
];

/** One query and one subscription for each of the first entities: `id` and whatever numbers it has. */
function genericQueries({ entities }: PlatformModel): readonly ExampleQuery[] {
  return entities.slice(0, 3).flatMap(({ name, fields }) => {
    const metrics = fields.filter(({ kind, on }) => kind === "metric" && on === name).slice(0, 8);
    const plain = metrics.filter((field) => field.kind === "metric" && field.reference === null);
    const selection = ["id", ...plain.map((field) => field.name)].map((field) => `    ${field}`).join("\n");
    return [
      { name: `One ${name}`, query: `query {\n  ${queryName(name)}(id: "1") {\n${selection}\n  }\n}\n` },
      {
        name: `Live: one ${name}`,
        query: `subscription {\n  ${subscriptionName(name)}(id: "1") {\n${selection}\n  }\n}\n`,
      },
    ];
  });
}
