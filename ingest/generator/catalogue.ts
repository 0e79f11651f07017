/** The catalogue: what stands in the shop's window before anybody comes in. Follows from the seed and the starting time. */
import { choice, createRandom, type Random } from "./random.ts";
import {
  contentPublished,
  itemListed,
  memberRegistered,
  shopOpened,
  type Content,
  type RawEvent,
} from "./raw-records.ts";
import type { ScriptedSource } from "./scripted-sources.ts";
import { articleTitles, livestreamTitles, videoTitles } from "./words.ts";
import type { Item, World } from "./world.ts";

const day = 86_400_000;
const kinds = choice({ article: 50, video: 38, livestream: 12 });
const channels = choice({ web: 5, App: 4, referral: 1 });

/** The first contents, the oldest first. */
export function firstContents(seed: number, world: World): readonly Content[] {
  const random = createRandom(seed, "contents");
  const authors = world.people.map((person) => person.members[0] ?? "u0");
  if (authors.length === 0 || world.items.length === 0) return [];
  return Array.from({ length: world.size.contents }, (_, i) =>
    createContent(random, `c${1000 + i}`, {
      authorId: random.pick(authors),
      item: random.pick(world.items),
    }),
  );
}

export function createContent(
  random: Random,
  id: string,
  of: { readonly authorId: string; readonly item: Item },
): Content {
  const kind = random.weighted(kinds);
  const titles = { article: articleTitles, video: videoTitles, livestream: livestreamTitles };
  return { id, kind, title: `${random.pick<string>(titles[kind])} ${of.item.title}`, ...of };
}

/** One record for each shop, item, account and first content; times lie up to a year before `startMs`. */
export function catalogueRecords(
  seed: number,
  world: World,
  startMs: number,
): ReadonlyMap<ScriptedSource, readonly RawEvent[]> {
  const random = createRandom(seed, "catalogue");
  const before = (most: number): number => startMs - 60_000 - Math.floor(random.next() * most);
  const id = (kind: string, number: number): string => `g${seed}-${kind}${number}`;
  const registrations = world.people.flatMap((person) =>
    person.members.map((memberId) => {
      const act = { id: `g${seed}-r-${memberId}`, time: before(200 * day), memberId };
      return memberRegistered(act, person, random.weighted(channels));
    }),
  );
  return new Map<ScriptedSource, readonly RawEvent[]>([
    ["shop-openings", world.shops.map((shop, i) => shopOpened(shop, id("s", i), before(365 * day)))],
    ["item-listings", world.items.map((item, i) => itemListed(item, id("l", i), before(90 * day)))],
    ["member-registrations", registrations],
    [
      "content-published",
      firstContents(seed, world).map((content, i) => contentPublished(content, id("c", i), before(14 * day))),
    ],
  ]);
}
