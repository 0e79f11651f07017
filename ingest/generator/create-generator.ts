/** The generator: believable traffic of the sample domains, from a seed. Pure: the clock and the rate come in as values. */
import { catalogueRecords } from "./catalogue.ts";
import { Flaws, type FlawCounts, type FlawShares } from "./flaws.ts";
import type { GeneratedRecord } from "./generated-record.ts";
import { trafficShare, type ScriptedSource } from "./scripted-sources.ts";
import { Traffic } from "./traffic.ts";
import { createWorld, type Person, type WorldSize } from "./world.ts";

export interface GeneratorOptions {
  readonly seed: number;
  readonly startMs: number;
  /** The sources to write for; see `scriptedSources`. */
  readonly sources: readonly ScriptedSource[];
  /** Records a second, all those sources together, on the average of a day. @default 100 */
  readonly ratePerSecond?: number;
  /** Runs of one seed differ in their traffic and its ids, and share the world and its catalogue. @default 0 */
  readonly run?: number;
  /** No event happens later. @default never */
  readonly endMs?: number | undefined;
  /** How much busier evenings are than nights: 0 to 1. @default 1 */
  readonly rhythm?: number;
  readonly world?: WorldSize;
  readonly flaws?: FlawShares;
}

/** Who is who: what identity resolution should find. */
export interface PlantedTruth {
  /** An account opened later by one of them has its own entry, with the same `number`. */
  readonly people: readonly Person[];
  readonly flaws: FlawCounts;
}

export interface Generator {
  /** Shops, items, accounts and first contents: to be sent once, before the traffic. By source, in an order fit to send. */
  catalogue(): ReadonlyMap<ScriptedSource, readonly GeneratedRecord[]>;
  /** The next `count` records, in the order they are sent. */
  next(count: number): readonly GeneratedRecord[];
  /** All further records sent by `timeMs`, at most `most`. */
  until(timeMs: number, most: number): readonly GeneratedRecord[];
  /** Nobody comes before then. */
  skipTo(timeMs: number): void;
  truth(): PlantedTruth;
}

/** The same options and the same calls give the same bytes. */
export function createGenerator(options: GeneratorOptions): Generator {
  const { seed, startMs, sources, ratePerSecond = 100, run = 0, rhythm = 1 } = options;
  const wanted = new Set<string>(sources);
  const world = createWorld(seed, options.world);
  // What is left out is drawn all the same, so that each source's records make sense with those of the others.
  const rate = ratePerSecond / Math.max(1e-6, trafficShare(sources));
  const traffic = new Traffic(world, { seed, run, startMs, endMs: options.endMs, ratePerSecond: rate, rhythm });
  const flaws = new Flaws(seed, run, options.flaws);
  const step = (): GeneratedRecord | undefined =>
    flaws.nextTime <= traffic.nextTime ? flaws.repeat() : flaws.write(traffic.next());
  const collect = (untilMs: number, most: number): readonly GeneratedRecord[] => {
    const records: GeneratedRecord[] = [];
    if (wanted.size === 0) return records;
    while (records.length < most && Math.min(flaws.nextTime, traffic.nextTime) <= untilMs) {
      const record = step();
      if (record !== undefined && wanted.has(record.source)) records.push(record);
    }
    return records;
  };
  return {
    catalogue: () =>
      new Map(
        [...catalogueRecords(seed, world, startMs)]
          .filter(([source]) => wanted.has(source))
          .map(([source, events]) => [
            source,
            events.map(({ raw }) => ({ source, raw: JSON.stringify(raw), sentAt: startMs })),
          ]),
      ),
    next: (count) => collect(Infinity, count),
    until: collect,
    skipTo: (timeMs) => traffic.skipTo(timeMs),
    truth: () => ({ people: [...world.people, ...traffic.newcomers()], flaws: { ...flaws.counts } }),
  };
}
