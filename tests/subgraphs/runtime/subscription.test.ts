/** Following an entity: one message a change, conflation, cursors, release. */
import { describe, expect, it } from "@jest/globals";
import { parse } from "graphql";
import type { ChangeBatch, ChangeFeed } from "../../../stores/ports/change-feed.ts";
import { createMemoryChangeFeed } from "../../../stores/memory/change-feed.ts";
import { createChangeHub } from "../../../subgraphs/runtime/change-hub.ts";
import type { SubgraphResult } from "../../../subgraphs/subgraph.ts";
import { add, createWorld, requestContext, type World } from "../sample-platform.ts";

const topic = "events.user-behavior";

function batch(to: number, keys: readonly string[], entity = "Consumer"): ChangeBatch {
  const entities = [{ entity, shapes: [["views"]], keys, shapeOf: keys.map(() => 0) }];
  return { topic, partition: 0, from: to - 1, to, entities };
}

/** Applies one view of a consumer and publishes the change. */
async function view(world: World, key = "member:1"): Promise<void> {
  const to = await world.apply(topic, [{ entity: "Consumer", key, mutations: [add("views", 1)] }]);
  await world.changes.publish([batch(to, [key])]);
}

function follow(world: World, query: string, signal?: AbortSignal, domain = "consumer"): AsyncIterator<SubgraphResult> {
  const request = { document: parse(query), variables: {}, context: requestContext() };
  const subgraph = world.subgraphs[domain];
  if (subgraph === undefined) throw new Error(domain);
  return subgraph.subscribe(signal === undefined ? request : { ...request, signal })[Symbol.asyncIterator]();
}

/** A feed that tells how many follow it. */
function countedFeed(): {
  readonly feed: ChangeFeed;
  readonly followers: () => number;
  readonly opened: Promise<void>;
} {
  const inner = createMemoryChangeFeed();
  let count = 0;
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  const feed = Object.create(inner, {
    ends: { value: () => inner.ends() },
    publish: { value: (batches: readonly ChangeBatch[]) => inner.publish(batches) },
    subscribe: {
      value: async function* (options: Parameters<ChangeFeed["subscribe"]>[0]) {
        count++;
        open();
        try {
          yield* inner.subscribe(options);
        } finally {
          count--;
        }
      },
    },
  }) as ChangeFeed;
  return { feed, followers: () => count, opened };
}

/** Lets everything that is ready run. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const viewsQuery = 'subscription { consumerChanged(id: "1") { id views } }';

describe("a followed entity", () => {
  it("is sent after each change of it, with the cursor of what the message includes", async () => {
    const world = await createWorld();
    const messages = follow(world, viewsQuery);
    const first = messages.next();
    await settle();
    await view(world, "member:2");
    await view(world);
    expect((await first).value).toEqual({
      data: { consumerChanged: { id: "1", views: 1 } },
      cursor: { [`${topic}/0`]: 2 },
    });
    await view(world);
    expect((await messages.next()).value).toMatchObject({ data: { consumerChanged: { views: 2 } } });
    await messages.return?.();
  });

  it("carries a cursor even where the message read no state", async () => {
    const world = await createWorld();
    const messages = follow(world, 'subscription { consumerChanged(id: "1") { __typename } }');
    const first = messages.next();
    await settle();
    await view(world);
    expect((await first).value).toMatchObject({ cursor: { [`${topic}/0`]: 1 } });
    await messages.return?.();
  });

  it("is sent once, as it is then, for all changes that a slow reader did not take", async () => {
    const world = await createWorld();
    const messages = follow(world, viewsQuery);
    const first = messages.next();
    await settle();
    await view(world);
    await first;
    for (let i = 0; i < 50; i++) await view(world);
    await settle();
    expect((await messages.next()).value).toEqual({
      data: { consumerChanged: { id: "1", views: 51 } },
      cursor: { [`${topic}/0`]: 51 },
    });
    const next = messages.next();
    await settle();
    await view(world);
    expect((await next).value).toMatchObject({ data: { consumerChanged: { views: 52 } } });
    await messages.return?.();
  });

  it("is followed under all members of its identity", async () => {
    const members = ["member:1", "device:d"];
    const identity = {
      resolve: async (_: string, ids: readonly string[]) => ids.map(() => ({ canonical: "member:1", members })),
    };
    const world = await createWorld({ identity });
    const messages = follow(world, 'subscription { consumerChanged(id: "device:d") { id views } }');
    const first = messages.next();
    await settle();
    await view(world, "member:1");
    expect((await first).value).toMatchObject({ data: { consumerChanged: { id: "1", views: 1 } } });
    await messages.return?.();
  });

  it("gives no message while nobody knows of what type it is", async () => {
    const world = await createWorld();
    const query = 'subscription { contentChanged(id: "1") { id likes } }';
    const messages = follow(world, query, undefined, "content");
    let done = false;
    const first = messages.next().finally(() => (done = true));
    await settle();
    const to = await world.apply(topic, [{ entity: "Content", key: "content:1", mutations: [add("likes", 1)] }]);
    await world.changes.publish([batch(to, ["content:1"], "Content")]);
    await settle();
    expect(done).toBe(false);
    await messages.return?.();
    expect((await first).done).toBe(true);
  });
});

describe("the release of a subscription", () => {
  it("happens when the iterator is returned while it waits; the feed is left with the last one", async () => {
    const { feed, followers, opened } = countedFeed();
    const world = await createWorld({ changes: feed });
    const [a, b] = [follow(world, viewsQuery), follow(world, viewsQuery)];
    const waiting = [a.next(), b.next()];
    await opened;
    expect(followers()).toBe(1);
    await a.return?.();
    expect((await waiting[0])?.done).toBe(true);
    await settle();
    expect(followers()).toBe(1);
    await b.return?.();
    await settle();
    expect(followers()).toBe(0);
  });

  it("happens when the signal aborts", async () => {
    const { feed, followers, opened } = countedFeed();
    const world = await createWorld({ changes: feed });
    const abort = new AbortController();
    const waiting = follow(world, viewsQuery, abort.signal).next();
    await opened;
    abort.abort();
    expect((await waiting).done).toBe(true);
    await settle();
    expect(followers()).toBe(0);
  });

  it("happens before the first message was asked for", async () => {
    const world = await createWorld();
    const messages = follow(world, viewsQuery);
    await messages.return?.();
    expect((await messages.next()).done).toBe(true);
  });

  it("leaves the way free for another one", async () => {
    const world = await createWorld();
    const messages = follow(world, viewsQuery);
    void messages.next();
    await settle();
    await messages.return?.();
    const again = follow(world, viewsQuery);
    const first = again.next();
    await settle();
    await view(world);
    expect((await first).value).toMatchObject({ data: { consumerChanged: { views: 1 } } });
    await again.return?.();
  });
});

describe("a subscription that fails", () => {
  it("ends with the error: an invalid document, a wrong argument, a feed that breaks", async () => {
    const world = await createWorld();
    for (const query of ["subscription { nothing }", 'subscription { consumerChanged(id: "") { id } }']) {
      const messages = follow(world, query);
      const { value } = await messages.next();
      expect(value.errors.map(({ extensions }: never) => extensions)).toMatchObject([{ code: "INPUT_INVALID" }]);
      expect((await messages.next()).done).toBe(true);
    }
    const changes = createMemoryChangeFeed();
    const broken = await createWorld({ changes });
    const messages = follow(broken, viewsQuery);
    const first = messages.next();
    await settle();
    await changes[Symbol.asyncDispose]();
    expect((await first).value).toMatchObject({ errors: [{ extensions: { code: "STORE_UNAVAILABLE" } }] });
    expect((await messages.next()).done).toBe(true);
  });
});

describe("the change hub", () => {
  it("gives one notice a batch, whatever number of members it touched, and conflates by partition", async () => {
    const feed = createMemoryChangeFeed();
    const watch = await createChangeHub(feed).watch("Consumer", ["member:1", "device:d"]);
    await feed.publish([batch(1, ["member:1", "device:d"]), batch(2, ["member:9"]), batch(3, ["device:d"])]);
    await settle();
    expect((await watch.next()).value).toEqual({ cursor: { [`${topic}/0`]: 3 } });
    let done = false;
    const next = watch.next().finally(() => (done = true));
    await settle();
    expect(done).toBe(false);
    await watch.return?.();
    expect(await next).toEqual({ done: true, value: undefined });
  });
});
