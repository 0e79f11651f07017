/** The first graph, live: three domains joined within seconds of the start, events in, answers and messages out. */
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { ask, askData, startOnefold, type GraphAnswer } from "../support/onefold-program.ts";
import { subscribeByEvents, subscribeByWebSocket } from "../support/open-subscription.ts";
import { openTemporaryFolder } from "../support/temporary-folder.ts";

interface HotItem {
  readonly views: number;
  readonly item: { readonly title: string | null; readonly shop: unknown; readonly latestContent: unknown };
}

const threeDomains = `{ hotItems(first: 20) { views item { id title shop { id name }
  latestContent { id title author { id views orders contentViews recent(first: 2) { edges { node { itemId behavior } } } } } } } }`;

async function push(url: string, source: string, events: readonly unknown[]): Promise<Record<string, unknown>> {
  const answer = await fetch(`${url}/ingest/${source}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(events),
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Record<string, unknown>;
}

function cursorOf(answer: GraphAnswer): unknown {
  return answer.extensions?.["cursor"];
}

const cursorWanted = { onefold: { cursor: true } };
const event = (user: string, id: string): object => ({
  event_id: id,
  user_id: user,
  item_id: "chair-1",
  behavior: "pv",
  unix_seconds: Math.floor(Date.now() / 1000),
});

export function liveGraphScenario(profile: string): void {
  describe(`${profile}: the first graph`, () => {
    it("joins all three domains with live data, soon after the start", async () => {
      await using folder = await openTemporaryFolder();
      await using instance = await startOnefold({ dataDir: join(folder.path, "data"), args: ["--rate", "300"] });
      const joined = async (): Promise<HotItem | undefined> => {
        const { hotItems } = (await askData(instance.url, threeDomains)) as { hotItems: readonly HotItem[] };
        return hotItems.find(({ item }) => item.title !== null && item.shop !== null && item.latestContent !== null);
      };
      let found = await joined();
      while (found === undefined) found = await joined();
      expect(found.views).toBeGreaterThan(0);
    }, 240_000);

    it("sends the entity over WebSocket and SSE after each batch that touched it, with fields of other domains", async () => {
      await using folder = await openTemporaryFolder();
      await using instance = await startOnefold({ dataDir: join(folder.path, "data") });
      const { url } = instance;
      const query = `subscription { consumerChanged(id: "ann") { id views orders spent contentViews recent(first: 1) { edges { node { item { id views } } } } } }`;
      await using socket = subscribeByWebSocket(url, query, cursorWanted);
      await using events = subscribeByEvents(url, query, cursorWanted);
      const first = [socket.next(), events.next()];
      // A subscription starts some time after it was asked for: events are pushed until both have heard one.
      let pushed = 0;
      let heard = false;
      void Promise.all(first).then(() => (heard = true));
      while (!heard) await push(url, "user-behavior", [event("ann", `a-${String(++pushed)}`)]);
      for (const message of await Promise.all(first)) {
        expect(message.errors).toBeUndefined();
        expect(typeof cursorOf(message)).toBe("string");
        expect(message.data?.["consumerChanged"]).toMatchObject({
          id: "ann",
          orders: 0,
          spent: "0.00",
          contentViews: 0,
        });
      }
      // State messages may be conflated, but each is newer than the one before, and the last one says it all.
      for (const stream of [socket, events]) {
        let views = 0;
        while (views < pushed) {
          const message = await stream.next();
          const changed = message.data?.["consumerChanged"] as { readonly views: number };
          expect(changed.views).toBeGreaterThanOrEqual(views);
          views = changed.views;
        }
        expect(views).toBe(pushed);
      }
    }, 240_000);

    it("answers a mutation once its effect is visible, with a cursor, and refuses what breaks a rule", async () => {
      await using folder = await openTemporaryFolder();
      await using instance = await startOnefold({ dataDir: join(folder.path, "data") });
      const publish = (behavior: string, itemId: string): Promise<GraphAnswer> =>
        ask(
          instance.url,
          `mutation ($event: UserBehaviorInput!) { publishUserBehavior(event: $event) { cursor eventId } }`,
          { variables: { event: { userId: "bob", itemId, behavior } } },
        );
      for (let views = 1; views <= 3; views++) {
        const answer = await publish("pv", "lamp");
        expect(answer.data?.["publishUserBehavior"]).toMatchObject({ cursor: expect.any(String) });
        expect(await askData(instance.url, `{ consumer(id: "bob") { views } }`)).toEqual({ consumer: { views } });
      }
      const refused = await publish("pv", "not an id");
      expect(refused.errors?.[0]?.extensions).toMatchObject({ code: "INPUT_INVALID" });
      expect(
        await askData(instance.url, `{ consumer(id: "bob") { views } never: consumer(id: "eve") { id } }`),
      ).toEqual({
        consumer: { views: 3 },
        never: null,
      });
    }, 240_000);

    it("takes a repeated event once, whichever way it comes", async () => {
      await using folder = await openTemporaryFolder();
      await using instance = await startOnefold({ dataDir: join(folder.path, "data") });
      const same = event("cleo", "only-once");
      await push(instance.url, "user-behavior", [same, same]);
      await push(instance.url, "user-behavior", [same]);
      const views = async (): Promise<unknown> => await askData(instance.url, `{ consumer(id: "cleo") { views } }`);
      await ask(
        instance.url,
        `mutation { publishUserBehavior(event: { userId: "zoe", itemId: "x", behavior: pv }) { cursor } }`,
      );
      expect(await views()).toEqual({ consumer: { views: 1 } });
    }, 240_000);

    it("pages recent events without gaps or repeats while new ones arrive", async () => {
      await using folder = await openTemporaryFolder();
      await using instance = await startOnefold({ dataDir: join(folder.path, "data") });
      const at = Math.floor(Date.now() / 1000) - 1000;
      const events = Array.from({ length: 30 }, (_, i) => ({
        ...event("dan", `d-${String(i)}`),
        unix_seconds: at + i,
      }));
      await push(instance.url, "user-behavior", events);
      const publishNewer = `mutation { publishUserBehavior(event: { userId: "dan", itemId: "new", behavior: fav }) { cursor } }`;
      await askData(instance.url, publishNewer);
      const seen: string[] = [];
      for (let after: string | null = null, more = true; more;) {
        const data = await askData(
          instance.url,
          `query ($after: String) { consumer(id: "dan") { recent(first: 7, after: $after) { edges { node { eventId } } pageInfo { hasNextPage endCursor } } } }`,
          { variables: { after } },
        );
        const { recent } = data["consumer"] as {
          recent: { edges: { node: { eventId: string } }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
        };
        seen.push(...recent.edges.map(({ node }) => node.eventId));
        after = recent.pageInfo.endCursor;
        more = recent.pageInfo.hasNextPage;
        await askData(instance.url, publishNewer);
      }
      expect(seen.slice(1)).toEqual(events.map((_, i) => `d-${String(29 - i)}`));
    }, 240_000);
  });
}
