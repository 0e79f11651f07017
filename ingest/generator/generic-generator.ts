/** A stream of generic records of one source: the same face as the scripted generator, without a world behind it. */
import type { EventModel } from "../../schema/model/event.ts";
import type { PlatformModel } from "../../schema/model/platform.ts";
import { dayRhythm } from "./day-rhythm.ts";
import type { GeneratedRecord } from "./generated-record.ts";
import { genericIdentifiers, genericRecord } from "./generic-record.ts";
import { createRandom } from "./random.ts";
import { createZipf } from "./zipf.ts";

export interface GenericOptions {
  readonly seed: number;
  readonly run: number;
  readonly startMs: number;
  readonly endMs?: number | undefined;
  readonly ratePerSecond: number;
  readonly rhythm: number;
}

/** What a run needs of a generator. */
export interface RecordStream {
  next(count: number): readonly GeneratedRecord[];
  until(timeMs: number, most: number): readonly GeneratedRecord[];
  skipTo(timeMs: number): void;
}

/** All events of the source in turn by chance. */
export function createGenericGenerator(platform: PlatformModel, source: string, options: GenericOptions): RecordStream {
  const { seed, run, ratePerSecond, rhythm, endMs = Infinity } = options;
  const events: readonly EventModel[] = platform.events.filter((event) => event.source === source);
  const random = createRandom(seed, `generic ${source} ${run}`);
  const rank = createZipf(genericIdentifiers, 1);
  let clock = options.startMs;
  let count = 0;
  const collect = (untilMs: number, most: number): readonly GeneratedRecord[] => {
    const records: GeneratedRecord[] = [];
    while (events.length > 0 && records.length < most && Math.min(clock, endMs) <= untilMs) {
      const time = Math.floor(Math.min(clock, endMs));
      const unique = `g${seed}-${run}-x${count++}`;
      const raw = genericRecord(random.pick(events), { random, rank, unique, time });
      records.push({ source, raw: JSON.stringify(raw), sentAt: time });
      clock += (1000 / (ratePerSecond * dayRhythm(clock, rhythm))) * (0.5 + random.next());
    }
    return records;
  };
  return {
    next: (most) => collect(Infinity, most),
    until: collect,
    skipTo: (timeMs) => {
      clock = Math.max(clock, timeMs);
    },
  };
}
