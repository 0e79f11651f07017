/** The sample world that traffic happens in: people with accounts and devices, shops with items. Follows from the seed alone. */
import { choice, createRandom, type Random } from "./random.ts";
import { createZipf } from "./zipf.ts";
import { adjectives, cities, nouns, shopWords } from "./words.ts";

const accountCounts = choice({ "1": 88, "2": 10, "3": 2 });
const deviceCounts = choice({ "1": 55, "2": 32, "3": 13 });

/** Each at least 1. */
export interface WorldSize {
  /** @default 1,500 */
  readonly people?: number;
  /** @default 2,000 */
  readonly items?: number;
  /** @default 60 */
  readonly shops?: number;
  /** Pieces of content before traffic starts. @default 200 */
  readonly contents?: number;
}

/** The planted truth of identity: whatever is under one person is that person. Devices may stand under several. */
export interface Person {
  readonly number: number;
  readonly city: string;
  /** Accounts, the one used most first. */
  readonly members: readonly string[];
  readonly devices: readonly string[];
}

export interface Shop {
  readonly id: string;
  readonly name: string;
  readonly city: string;
}

export interface Item {
  readonly id: string;
  readonly title: string;
  readonly categoryId: string;
  readonly shop: Shop;
  readonly cents: number;
}

export interface World {
  readonly size: Required<WorldSize>;
  readonly people: readonly Person[];
  readonly shops: readonly Shop[];
  /** The most popular first. */
  readonly items: readonly Item[];
}

/** Ids have a letter in front (`u1000`, `i1000`), so that they never meet those of real data in the same directory. */
export function createWorld(seed: number, size: WorldSize = {}): World {
  const full = { people: 1_500, items: 2_000, shops: 60, contents: 200, ...size };
  const shops = createShops(createRandom(seed, "shops"), full.shops);
  return {
    size: full,
    people: createPeople(createRandom(seed, "people"), full.people),
    shops,
    items: createItems(createRandom(seed, "items"), full.items, shops),
  };
}

function createPeople(random: Random, count: number): readonly Person[] {
  const people: Person[] = [];
  let members = 1000;
  for (let number = 0; number < count; number++) {
    const accounts = Number(random.weighted(accountCounts));
    const own = Number(random.weighted(deviceCounts));
    const devices = Array.from({ length: own }, () => deviceId(random));
    // A household: somebody's first device is used by the next person, too.
    const neighbour = people.at(-1)?.devices[0];
    if (neighbour !== undefined && random.chance(0.08)) devices.push(neighbour);
    people.push({
      number,
      city: random.pick(cities),
      members: Array.from({ length: accounts }, () => `u${members++}`),
      devices,
    });
  }
  return people;
}

export function deviceId(random: Random): string {
  const hex = (): string => random.integer(0, 0xffffff).toString(16).padStart(6, "0");
  return `d-${hex()}${hex()}`;
}

function createShops(random: Random, count: number): readonly Shop[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `s${100 + i}`,
    name: `${random.pick(adjectives)} ${random.pick(shopWords)} ${i + 1}`,
    city: random.pick(cities),
  }));
}

function createItems(random: Random, count: number, shops: readonly Shop[]): readonly Item[] {
  if (shops.length === 0) return [];
  const bySize = createZipf(shops.length, 0.7);
  const categories = Math.max(1, Math.ceil(count / 50));
  return Array.from({ length: count }, (_, i) => ({
    id: `i${1000 + i}`,
    title: `${random.pick(adjectives)} ${random.pick(nouns)} No. ${i + 1}`,
    categoryId: `k${100 + random.integer(0, categories - 1)}`,
    shop: shops[bySize(random)] ?? random.pick(shops),
    cents: Math.round(100 * Math.exp(1 + 4 * random.next() ** 1.3)) + 99,
  }));
}
