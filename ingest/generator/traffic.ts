/** Traffic: what people do in the sample world, one event after the other, in the order in which they happen. */
import { createContent, firstContents } from "./catalogue.ts";
import { dayRhythm } from "./day-rhythm.ts";
import { DueQueue } from "./due-queue.ts";
import { choice, createRandom, type Random } from "./random.ts";
import * as raw from "./raw-records.ts";
import { deviceId, type Item, type Person, type World } from "./world.ts";
import { createZipf } from "./zipf.ts";

export interface TrafficOptions {
  readonly seed: number;
  /** Tells the traffic of one run from that of another with the same seed: its ids differ. */
  readonly run: number;
  readonly startMs: number;
  /** On the average of a day. */
  readonly ratePerSecond: number;
  /** Nothing happens later: what would, happens then. @default never */
  readonly endMs?: number | undefined;
  /** How much busier evenings are than nights: 0 to 1. */
  readonly rhythm: number;
}

export interface HappenedEvent extends raw.RawEvent {
  readonly time: number;
}

/** Without follow-ups, which make up the rest. */
const actions = choice({ behave: 81, engage: 17.5, publish: 0.6, register: 0.4, reprice: 0.45, rename: 0.05 });
const behaviors = choice({ pv: 89, cart: 5.5, fav: 3.1, buy: 2.2 });
const quantities = choice({ "1": 80, "2": 14, "3": 5, "10": 1 });
const methods = choice({ card: 40, wallet: 52, transfer: 8 });
const engagements = choice({ view: 84, like: 10, share: 3, comment: 3 });
const channels = choice({ web: 5, app: 5 });
/** Follow-ups a base event: orders and payments after purchases. */
const followUps = 0.034;
const kept = { views: 5, contents: 500, newcomers: 1_000 };

/** An endless stream; memory stays bounded. */
export class Traffic {
  readonly #world: World;
  readonly #options: TrafficOptions;
  readonly #random: Random;
  readonly #later = new DueQueue<(time: number) => raw.RawEvent>();
  readonly #items: Item[];
  readonly #contents: raw.Content[];
  /** People who registered during this run; they act, too. */
  readonly #newcomers: Person[] = [];
  /** The last items that somebody viewed, by person: what is bought was looked at before. */
  readonly #viewed = new Map<number, Item[]>();
  readonly #itemRank: (random: Random) => number;
  readonly #personRank: (random: Random) => number;
  readonly #contentAge: (random: Random) => number;
  #clock: number;
  #count = 0;

  constructor(world: World, options: TrafficOptions) {
    this.#world = world;
    this.#options = options;
    this.#clock = options.startMs;
    this.#random = createRandom(options.seed, `traffic ${options.run}`);
    this.#items = [...world.items];
    this.#contents = [...firstContents(options.seed, world)];
    this.#itemRank = createZipf(world.items.length, 1);
    this.#personRank = createZipf(world.people.length, 0.6);
    this.#contentAge = createZipf(kept.contents, 0.9);
  }

  /** When the next event happens. */
  get nextTime(): number {
    return Math.min(this.#clock, this.#later.nextTime, this.#options.endMs ?? Infinity);
  }

  next(): HappenedEvent {
    const time = this.nextTime;
    if (this.#later.nextTime <= this.#clock) {
      const due = this.#later.take();
      if (due !== undefined) return { ...due(time), time };
    }
    const { ratePerSecond, rhythm } = this.#options;
    const mean = (1000 * (1 + followUps)) / (ratePerSecond * dayRhythm(time, rhythm));
    this.#clock += mean * (0.5 + this.#random.next());
    return { ...this.#act(Math.floor(time)), time: Math.floor(time) };
  }

  /** Nobody comes before then; what was planned keeps its time. */
  skipTo(time: number): void {
    this.#clock = Math.max(this.#clock, time);
  }

  /** Accounts opened during this run: part of the planted truth. */
  newcomers(): readonly Person[] {
    return this.#newcomers;
  }

  #act(time: number): raw.RawEvent {
    switch (this.#random.weighted(actions)) {
      case "behave":
        return this.#behave(time);
      case "engage":
        return this.#engage(time);
      case "publish":
        return this.#publish(time);
      case "register":
        return this.#register(time);
      case "reprice":
        return this.#reprice(time);
      case "rename": {
        const shop = this.#random.pick(this.#world.shops);
        return raw.shopOpened({ ...shop, name: `${shop.name}  & Co ` }, this.#id("s"), time);
      }
    }
  }

  #behave(time: number): raw.RawEvent {
    const person = this.#person();
    const behavior = this.#random.weighted(behaviors);
    const item = this.#itemFor(person, behavior);
    const act = { id: this.#id("b"), time, memberId: this.#memberOf(person) };
    if (behavior === "buy" && this.#random.chance(0.97)) this.#order(act.memberId, item, time);
    const device = this.#random.chance(0.08) ? null : this.#random.pick(person.devices);
    return raw.userBehavior(act, device, { item, behavior });
  }

  #itemFor(person: Person, behavior: raw.Behavior): Item {
    const seen = this.#viewed.get(person.number) ?? [];
    if (behavior !== "pv" && seen.length > 0) return this.#random.pick(seen);
    const item = this.#items[this.#itemRank(this.#random)] ?? this.#random.pick(this.#items);
    if (behavior === "pv") this.#viewed.set(person.number, [item, ...seen.slice(0, kept.views - 1)]);
    return item;
  }

  #order(memberId: string, item: Item, time: number): void {
    const quantity = Number(this.#random.weighted(quantities));
    const order = { orderId: this.#id("o"), memberId, item, quantity };
    const orderAt = time + this.#random.integer(500, 15_000);
    this.#later.add(orderAt, (at) => raw.orderPlaced(order, at));
    if (!this.#random.chance(0.95)) return;
    const method = this.#random.weighted(methods);
    const id = this.#id("p");
    this.#later.add(orderAt + this.#random.integer(500, 30_000), (at) =>
      raw.paymentReceived(order, method, { id, time: at }),
    );
  }

  #engage(time: number): raw.RawEvent {
    const person = this.#person();
    const age = this.#contentAge(this.#random) % this.#contents.length;
    const content = this.#contents[this.#contents.length - 1 - age] ?? this.#random.pick(this.#contents);
    const action = this.#random.weighted(engagements);
    const watched = action === "view" && content.kind !== "article";
    const seconds = watched ? this.#random.integer(3, content.kind === "video" ? 240 : 1_800) : 0;
    return raw.engagement({ id: this.#id("e"), time, memberId: this.#memberOf(person) }, content, { action, seconds });
  }

  #publish(time: number): raw.RawEvent {
    const item = this.#items[this.#itemRank(this.#random)] ?? this.#random.pick(this.#items);
    const authorId = this.#memberOf(this.#person());
    const content = createContent(this.#random, this.#id("c"), { authorId, item });
    this.#contents.push(content);
    if (this.#contents.length > kept.contents) this.#contents.shift();
    return raw.contentPublished(content, this.#id("a"), time);
  }

  /** A new person, or a known one with one more account. */
  #register(time: number): raw.RawEvent {
    const known = this.#random.chance(0.3) ? this.#random.pick(this.#world.people) : undefined;
    const number = known?.number ?? this.#world.people.length + this.#newcomers.length;
    const memberId = this.#id("u");
    const city = known?.city ?? this.#random.pick(this.#world.people).city;
    const person = { number, city, members: [memberId], devices: [...(known?.devices ?? [deviceId(this.#random)])] };
    this.#newcomers.push(person);
    if (this.#newcomers.length > kept.newcomers) this.#newcomers.shift();
    return raw.memberRegistered({ id: this.#id("r"), time, memberId }, person, this.#random.weighted(channels));
  }

  #reprice(time: number): raw.RawEvent {
    const rank = this.#random.integer(0, this.#items.length - 1);
    const item = this.#items[rank] ?? this.#random.pick(this.#items);
    const changed = { ...item, cents: Math.max(1, Math.round(item.cents * (0.8 + 0.4 * this.#random.next()))) };
    this.#items[rank] = changed;
    return raw.itemListed(changed, this.#id("l"), time);
  }

  #person(): Person {
    if (this.#newcomers.length > 0 && this.#random.chance(0.03)) return this.#random.pick(this.#newcomers);
    return this.#world.people[this.#personRank(this.#random)] ?? this.#random.pick(this.#world.people);
  }

  #memberOf(person: Person): string {
    const [first] = person.members;
    return first !== undefined && this.#random.chance(0.7) ? first : this.#random.pick(person.members);
  }

  /** Never the same in two runs of one seed, nor in two seeds. */
  #id(kind: string): string {
    return `g${this.#options.seed}-${this.#options.run}-${kind}${this.#count++}`;
  }
}
