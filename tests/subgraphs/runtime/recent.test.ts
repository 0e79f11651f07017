/** Recent events as pages: every event once, newest first, whatever arrives in between. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { StandardEvent } from "../../../schema/model/event.ts";
import { recentEntry } from "../../../stores/ports/model-values.ts";
import type { Mutation } from "../../../stores/ports/state-value.ts";
import { createWorld, eventModel, standardEvent, type World } from "../sample-platform.ts";

const topic = "events.user-behavior";

interface Page {
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly eventId: string } }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

function behavior(world: World, id: string, at: { time: number; hash: bigint }): StandardEvent {
  const model = eventModel(world.platform, "UserBehavior");
  const fields = { userId: "1", itemId: `i${id}`, behavior: "pv", ts: at.time };
  return standardEvent(model, fields, { id, hash: at.hash });
}

function recents(events: readonly StandardEvent[]): Mutation {
  const entries = events.map(recentEntry).sort((a, b) => Buffer.compare(b, a));
  return { field: "recent", operation: "recent", keep: 100, entries };
}

async function insert(world: World, events: readonly StandardEvent[], id = "1"): Promise<void> {
  await world.apply(topic, [{ entity: "Consumer", key: `member:${id}`, mutations: [recents(events)] }]);
}

async function readPage(world: World, first: number, after: string | null, id = "1"): Promise<Page> {
  const query = `query ($id: ID!, $first: Int, $after: String) { consumer(id: $id) { recent(first: $first, after: $after) {
    edges { cursor node { eventId } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`;
  const result = await world.run("consumer", query, { variables: { id, first, after } });
  expect(result.errors).toBeUndefined();
  return (result.data as { consumer: { recent: Page } }).consumer.recent;
}

describe("a page of recent events", () => {
  const timesArbitrary = fc.array(fc.record({ time: fc.integer({ min: 0, max: 5 }), hash: fc.bigInt(0n, 3n) }), {
    minLength: 1,
    maxLength: 40,
  });

  it("follows the one before without gap or repetition, though newer events arrive in between", async () => {
    const world = await createWorld();
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(timesArbitrary, timesArbitrary, fc.integer({ min: 1, max: 9 }), async (old, fresh, first) => {
        const person = `p${runs++}`;
        const events = old.map((at, i) => behavior(world, `old${i}`, at));
        await insert(world, events, person);
        const expected = events.toSorted((a, b) => Buffer.compare(recentEntry(b), recentEntry(a))).map(({ id }) => id);
        const seen: string[] = [];
        for (let after: string | null = null, page = 0; ; page++) {
          const { edges, pageInfo } = await readPage(world, first, after, person);
          seen.push(...edges.map(({ node }) => node.eventId));
          expect(pageInfo.startCursor).toBe(edges[0]?.cursor);
          expect(pageInfo.endCursor).toBe(edges.at(-1)?.cursor);
          expect(pageInfo.hasPreviousPage).toBe(page > 0);
          if (!pageInfo.hasNextPage) break;
          after = pageInfo.endCursor;
          const at = fresh[page];
          if (at !== undefined)
            await insert(world, [behavior(world, `new${page}`, { ...at, time: 10 + page })], person);
        }
        expect(seen).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });

  it("is empty behind the last event, and goes on behind an event that is no longer kept", async () => {
    const world = await createWorld();
    const events = [1, 2, 3].map((time) => behavior(world, `e${time}`, { time, hash: 0n }));
    await insert(world, events);
    const all = await readPage(world, 3, null);
    expect(all.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: false });
    const behind = await readPage(world, 3, all.pageInfo.endCursor);
    expect(behind).toEqual({
      edges: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: null },
    });
    const other = await createWorld({ platform: world.platform });
    await insert(
      other,
      [events[0], events[2]].filter((event) => event !== undefined),
    );
    const middle = all.edges[1]?.cursor ?? "";
    expect((await readPage(other, 3, middle)).edges.map(({ node }) => node.eventId)).toEqual(["e1"]);
  });

  it("has the event's fields and the entities that it refers to", async () => {
    const world = await createWorld();
    await insert(world, [behavior(world, "e1", { time: 1_511_658_000_000, hash: 0n })]);
    const query =
      '{ consumer(id: "1") { recent(first: 1) { edges { node { itemId behavior ts deviceId item { __typename id } } } } } }';
    expect((await world.run("consumer", query)).data).toEqual({
      consumer: {
        recent: {
          edges: [
            {
              node: {
                itemId: "ie1",
                behavior: "pv",
                ts: "2017-11-26T01:00:00.000Z",
                deviceId: null,
                item: { __typename: "Item", id: "ie1" },
              },
            },
          ],
        },
      },
    });
  });
});

describe("the arguments of recent events", () => {
  it.each(["first: 0", "first: -1", "first: 101", 'after: ""', 'after: "x"', 'after: "AAAA"'])(
    "are refused: %s",
    async (args) => {
      const world = await createWorld();
      await world.apply(topic, [{ entity: "Consumer", key: "member:1", mutations: [] }]);
      const result = await world.run("consumer", `{ consumer(id: "1") { recent(${args}) { edges { cursor } } } }`);
      expect(result.errors?.map(({ extensions }) => extensions?.["code"])).toEqual(["INPUT_INVALID"]);
      expect(result.errors?.[0]?.extensions?.["remedy"]).toEqual(expect.any(String));
      expect(result.data).toEqual({ consumer: null });
    },
  );
});
