/**
 * Random schedules over several processes that share one log: publications, zombies, crashes in the middle of a batch,
 * messages that are lost, held back and reordered, trims, and subscribers that come at any time; held against the
 * feed in memory.
 */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { OnefoldError } from "../../../../schema/errors.ts";
import { openDistributedChangeFeed } from "../../../../stores/distributed/change-feed/change-feed.ts";
import { createMemoryChangeFeed } from "../../../../stores/memory/change-feed.ts";
import type { ChangeBatch, ChangeFeed } from "../../../../stores/ports/change-feed.ts";
import { Subscription } from "../../../contracts/change-feed.contract.ts";
import { MemoryBus } from "./memory-fast-path.ts";
import { MemoryKafka } from "./memory-kafka.ts";

const key = "events/0";
const processes = 3;

/** Names each offset of its range: what a reader gets for a range must hold at least these. */
function batchOver(from: number, to: number): ChangeBatch {
  const keys = Array.from({ length: to - from }, (_, at) => `member:${from + at}`);
  const entities = [{ entity: "Consumer", shapes: [["views"]], keys, shapeOf: keys.map(() => 0) }];
  return { topic: "events", partition: 0, from, to, entities };
}

const process = fc.nat(processes - 1);
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant("publish" as const), process, back: fc.nat(12), ahead: fc.nat(15) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("zombie" as const),
      process,
      back: fc.nat(30),
      length: fc.integer({ min: 1, max: 12 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("crash" as const),
      process,
      ahead: fc.integer({ min: 1, max: 20 }),
      requests: fc.nat(3),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant("subscribe" as const), process, back: fc.option(fc.nat(40)) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("read" as const),
      which: fc.nat(9),
      batches: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("fastPath" as const),
      does: fc.constantFrom("drop", "dropSome", "hold", "deliver", "reverse", "work"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("trim" as const), process, back: fc.nat(40) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("together" as const),
      lengths: fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 2, maxLength: processes }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("ends" as const), process }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart" as const), process }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** `position`: null until its first batch, where the cursor left the partition out. */
class Reader {
  readonly process: number;
  #subscription: Subscription;
  #endAtCall: number;
  position: number | null;
  isExpired = false;

  constructor(process: number, feed: ChangeFeed, at: { readonly position: number | null; readonly end: number }) {
    this.process = process;
    this.position = at.position;
    this.#endAtCall = at.end;
    this.#subscription = this.#subscribe(feed);
  }

  /** Goes on with its cursor in a process that was started again; who has none yet begins there. */
  resume(feed: ChangeFeed, end: number): void {
    if (this.position === null) this.#endAtCall = end;
    this.#subscription = this.#subscribe(feed);
  }

  stop(): void {
    this.#subscription.stop();
  }

  #subscribe(feed: ChangeFeed): Subscription {
    return new Subscription(feed, this.position === null ? {} : { [key]: this.position });
  }

  get reached(): number {
    return this.position ?? this.#endAtCall;
  }

  /** Reads on to at most `end`, and holds each batch against what it must be. */
  async read(batches: number, end: number): Promise<void> {
    for (let left = batches; left > 0 && this.reached < end && !this.isExpired; left--) {
      let batch;
      try {
        batch = await this.#subscription.next();
      } catch (fault) {
        if (!(fault instanceof OnefoldError) || fault.code !== "CURSOR_EXPIRED") throw fault;
        this.isExpired = true;
        return;
      }
      if (this.position === null) expect(batch.from).toBeLessThanOrEqual(this.#endAtCall);
      else expect(batch.from).toBe(this.position);
      expect(batch.to).toBeGreaterThan(batch.from);
      const keys = new Set(batch.entities.flatMap((entity) => entity.keys));
      for (let at = batch.from; at < batch.to; at++) expect(keys).toContain(`member:${at}`);
      this.position = batch.to;
    }
  }
}

class World {
  readonly kafka = new MemoryKafka();
  readonly bus = new MemoryBus();
  readonly model = createMemoryChangeFeed();
  readonly feeds: ChangeFeed[] = [];
  readonly readers: Reader[] = [];
  end = 0;
  trimmed = 0;
  expired = 0;

  async start(): Promise<void> {
    while (this.feeds.length < processes) this.feeds.push(await this.open());
  }

  open(): Promise<ChangeFeed> {
    const { kafka } = this;
    const topics = { events: { changeTopic: "changes.events", partitions: 1 } };
    const sizes = { maxMessageBytes: 120, maxRecordBytes: 150, maxRecentBytes: 600, pageBytes: 300 };
    return openDistributedChangeFeed({ kafka, fastPath: this.bus.open(), topics, lookEveryMs: 2, ...sizes });
  }

  feed(process: number): ChangeFeed {
    const feed = this.feeds[process];
    if (feed === undefined) throw new Error(`there is no process ${process}`);
    return feed;
  }

  async publish(process: number, from: number, to: number): Promise<void> {
    await this.feed(process).publish([batchOver(from, to)]);
    await this.model.publish([batchOver(from, to)]);
    this.end = Math.max(this.end, to);
  }

  async take(step: Step): Promise<void> {
    switch (step.kind) {
      case "publish": {
        const from = Math.max(0, this.end - step.back);
        if (this.end + step.ahead > from) await this.publish(step.process, from, this.end + step.ahead);
        return;
      }
      case "zombie": {
        const from = Math.max(0, this.end - step.back);
        const to = Math.min(this.end, from + step.length);
        if (to > from) await this.publish(step.process, from, to);
        return;
      }
      case "together": {
        const { end } = this;
        await Promise.all(step.lengths.map((length, process) => this.publish(process, end, end + length)));
        return;
      }
      case "crash":
        await this.crash(step.process, step.ahead, step.requests);
        return;
      case "subscribe": {
        const position = step.back === null ? null : Math.max(0, this.end - step.back);
        this.readers.push(new Reader(step.process, this.feed(step.process), { position, end: this.end }));
        return;
      }
      case "read":
        await this.readers[step.which]?.read(step.batches, this.end);
        return;
      case "fastPath":
        this.breakFastPath(step.does);
        return;
      case "trim": {
        const before = Math.max(0, this.end - step.back);
        await this.feed(step.process).trim("events", 0, before);
        await this.model.trim("events", 0, before);
        this.trimmed = Math.max(this.trimmed, before);
        return;
      }
      case "ends":
        expect(await this.feed(step.process).ends()).toEqual(await this.model.ends());
        return;
      case "restart":
        await this.feed(step.process)[Symbol.asyncDispose]();
        this.feeds[step.process] = await this.open();
        for (const reader of this.readers) {
          if (reader.process === step.process) reader.resume(this.feed(step.process), this.end);
        }
    }
  }

  /** Kafka is gone after so many more writes of a batch; whether it is in the log, only the log knows. */
  async crash(process: number, ahead: number, requests: number): Promise<void> {
    let left = requests;
    this.kafka.before = (request) => {
      if (request === "produce" && left-- === 0) throw new OnefoldError("STORE_UNAVAILABLE", "gone");
    };
    const [from, to] = [this.end, this.end + ahead];
    const isWritten = await this.feed(process)
      .publish([batchOver(from, to)])
      .then(
        () => true,
        () => false,
      );
    this.kafka.before = () => {};
    if (!isWritten) return;
    await this.model.publish([batchOver(from, to)]);
    this.end = to;
  }

  breakFastPath(does: "drop" | "dropSome" | "hold" | "deliver" | "reverse" | "work"): void {
    this.bus.drops = does === "dropSome" ? "some" : does === "drop";
    this.bus.holds = does === "hold";
    const held = this.bus.held.splice(0);
    if (does === "deliver" || does === "reverse") {
      for (const message of does === "reverse" ? held.reverse() : held) this.bus.deliver(message);
    }
  }

  /** Everybody gets everything that is still there. */
  async finish(): Promise<void> {
    for (const reader of this.readers) {
      await reader.read(Infinity, this.end);
      if (!reader.isExpired) expect(reader.reached).toBeGreaterThanOrEqual(this.end);
      else {
        this.expired++;
        expect(reader.position ?? 0).toBeLessThan(this.trimmed);
      }
    }
    for (const feed of this.feeds) expect(await feed.ends()).toEqual(await this.model.ends());
    for (const reader of this.readers) reader.stop();
    for (const feed of this.feeds) await feed[Symbol.asyncDispose]();
  }
}

describe("the distributed change feed under random schedules", () => {
  it("gives each subscriber every range once, with all that changed in it, or tells that it has expired", async () => {
    let [expired, partial] = [0, 0];
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
        const world = new World();
        await world.start();
        for (const next of steps) await world.take(next);
        await world.finish();
        expired += world.expired;
        partial += steps.filter(({ kind }) => kind === "crash").length;
      }),
      { numRuns: 300, timeout: 5000, interruptAfterTimeLimit: 25_000 },
    );
    expect(expired).toBeGreaterThan(0);
    expect(partial).toBeGreaterThan(0);
  });
});
