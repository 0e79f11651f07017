/** Flaws as real sources have them: events that come late, twice, or broken. */
import { DueQueue } from "./due-queue.ts";
import { isoTime, type GeneratedRecord } from "./generated-record.ts";
import { choice, createRandom, type Random } from "./random.ts";
import type { HappenedEvent } from "./traffic.ts";

export interface FlawShares {
  /** Sent up to two hours after they happened. @default 0.01 */
  readonly late?: number;
  /** Sent twice, byte for byte. @default 0.005 */
  readonly duplicated?: number;
  /** Broken JSON, a value of the wrong type, a missing key, a time far in the future. @default 0.001 */
  readonly corrupt?: number;
}

export interface FlawCounts {
  readonly late: number;
  readonly duplicated: number;
  readonly corrupt: number;
}

const corruptions = choice({ cut: 1, wrongType: 1, missingKey: 1, farFuture: 1 });
const timeFields = ["ts", "unix_seconds"] as const;

/** Writes events as records, and plants flaws among them. */
export class Flaws {
  readonly #random: Random;
  readonly #shares: Required<FlawShares>;
  readonly #again = new DueQueue<GeneratedRecord>();
  readonly counts = { late: 0, duplicated: 0, corrupt: 0 };

  constructor(seed: number, run: number, shares: FlawShares = {}) {
    this.#random = createRandom(seed, `flaws ${run}`);
    this.#shares = { late: 0.01, duplicated: 0.005, corrupt: 0.001, ...shares };
  }

  /** When a record is due for the second time. */
  get nextTime(): number {
    return this.#again.nextTime;
  }

  repeat(): GeneratedRecord | undefined {
    this.counts.duplicated++;
    return this.#again.take();
  }

  write({ source, raw, time }: HappenedEvent): GeneratedRecord {
    if (this.#random.chance(this.#shares.corrupt)) {
      this.counts.corrupt++;
      return { source, raw: this.#corrupt(raw, time), sentAt: time };
    }
    const late = this.#random.chance(this.#shares.late);
    if (late) this.counts.late++;
    const event = late ? shiftTime(raw, time - this.#random.integer(60_000, 7_200_000)) : raw;
    const record = { source, raw: JSON.stringify(event), sentAt: time };
    if (this.#random.chance(this.#shares.duplicated)) {
      const sentAt = time + this.#random.integer(100, 20_000);
      this.#again.add(sentAt, { ...record, sentAt });
    }
    return record;
  }

  #corrupt(raw: Readonly<Record<string, unknown>>, time: number): string {
    switch (this.#random.weighted(corruptions)) {
      case "cut": {
        const text = JSON.stringify(raw);
        return text.slice(0, this.#random.integer(1, text.length - 1));
      }
      case "wrongType":
        return JSON.stringify({ ...raw, ...timeValue(raw, "yesterday") });
      case "missingKey": {
        const { [this.#random.pick(timeFields.filter((field) => field in raw))]: _missing, ...rest } = raw;
        return JSON.stringify(rest);
      }
      case "farFuture":
        return JSON.stringify(shiftTime(raw, time + this.#random.integer(30, 3_000) * 86_400_000));
    }
  }
}

function shiftTime(raw: Readonly<Record<string, unknown>>, time: number): Readonly<Record<string, unknown>> {
  return { ...raw, ...timeValue(raw, "unix_seconds" in raw ? Math.floor(time / 1000) : isoTime(time)) };
}

function timeValue(raw: Readonly<Record<string, unknown>>, value: string | number): Readonly<Record<string, unknown>> {
  return "unix_seconds" in raw ? { unix_seconds: value } : { ts: value };
}
