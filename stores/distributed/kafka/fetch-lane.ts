/** Fetches for many streams over one connection a broker: what is wanted while a fetch is under way goes with the next. */
import { setImmediate as nextTurn, setTimeout as wait } from "node:timers/promises";
import { OnefoldError } from "../../../schema/errors.ts";
import { isOutOfRange, type FetchClient, type FetchLimits } from "./fetch-client.ts";
import type { PartitionStream } from "./partition-stream.ts";

const retryPauseMs = 200;

export interface FetchLaneOptions {
  readonly client: FetchClient;
  readonly limits: FetchLimits;
  /** From one fetch of a broker to the next, at least: what comes in between goes together, and costs one request. */
  readonly paceMs: number;
  /** Told of each stream whose fetch has ended, one way or another. */
  readonly onEnded: (stream: PartitionStream) => void;
}

export class FetchLane {
  readonly #options: FetchLaneOptions;
  readonly #wanted = new Set<PartitionStream>();
  /** Brokers with a fetch under way. */
  readonly #busy = new Set<string>();
  #sorting = false;
  #again = false;

  constructor(options: FetchLaneOptions) {
    this.#options = options;
  }

  want(stream: PartitionStream): void {
    stream.fetching = true;
    this.#wanted.add(stream);
    void this.#dispatch();
  }

  /**
   * Sends what is wanted to the brokers that are free: one fetch each, with each partition once. It first lets those come
   * that want something in the same turn: a stream without news would else make the others wait for it.
   */
  async #dispatch(): Promise<void> {
    this.#again = true;
    if (this.#sorting) return;
    this.#sorting = true;
    while (this.#again) {
      await nextTurn();
      for (const [leader, round] of await this.#sort()) {
        this.#busy.add(leader);
        for (const stream of round.values()) this.#wanted.delete(stream);
        void this.#fetch(leader, [...round.values()]);
      }
    }
    this.#sorting = false;
  }

  async #sort(): Promise<ReadonlyMap<string, ReadonlyMap<string, PartitionStream>>> {
    const rounds = new Map<string, Map<string, PartitionStream>>();
    this.#again = false;
    // What is wanted meanwhile comes to the end of the set, and so into this round.
    for (const stream of this.#wanted) {
      const leader = await this.#leaderOf(stream);
      if (leader === null || this.#busy.has(leader)) continue;
      const round = rounds.get(leader) ?? new Map<string, PartitionStream>();
      if (this.#fits(stream, round)) rounds.set(leader, round.set(placeName(stream), stream));
    }
    return rounds;
  }

  #fits(stream: PartitionStream, round: ReadonlyMap<string, PartitionStream>): boolean {
    if (round.size === 0) return true;
    const [first] = round.values();
    return !stream.alone && first?.alone === false && !round.has(placeName(stream));
  }

  async #leaderOf(stream: PartitionStream): Promise<string | null> {
    try {
      return await this.#options.client.leaderOf(stream.topic, stream.partition);
    } catch (error) {
      this.#wanted.delete(stream);
      void this.#failed([stream], error);
      return null;
    }
  }

  async #fetch(leader: string, streams: readonly PartitionStream[]): Promise<void> {
    const { client, limits, paceMs } = this.#options;
    const begun = performance.now();
    try {
      const places = streams.map(({ topic, partition, fetchFrom }) => ({ topic, partition, offset: fetchFrom }));
      const found = await client.fetch(leader, places, limits);
      for (const stream of streams) {
        const answer = found.find(({ topic, partition }) => topic === stream.topic && partition === stream.partition);
        if (answer === undefined) throw new OnefoldError("INTERNAL", `A fetch of ${stream.topic} was left out.`);
        // One partition alone always gets its first batch, however large.
        stream.put(answer, streams.length === 1);
      }
      this.#end(streams);
    } catch (error) {
      await this.#failed(streams, error);
    } finally {
      const restMs = begun + paceMs - performance.now();
      if (restMs > 0) await wait(restMs, undefined, { ref: false });
      this.#busy.delete(leader);
      void this.#dispatch();
    }
  }

  /** One partition out of range spoils the whole answer: the others ask again at once. */
  async #failed(streams: readonly PartitionStream[], error: unknown): Promise<void> {
    if (isOutOfRange(error)) {
      for (const stream of streams) {
        stream.outOfRange = stream.topic === error.topic && stream.partition === error.partition;
        if (stream.outOfRange) stream.fail(error);
      }
    } else {
      for (const stream of streams) stream.fail(error);
      if (!(error instanceof OnefoldError)) await wait(retryPauseMs, undefined, { ref: false });
    }
    this.#end(streams);
  }

  #end(streams: readonly PartitionStream[]): void {
    for (const stream of streams) {
      stream.fetching = false;
      this.#options.onEnded(stream);
      stream.bell.ring();
    }
  }
}

function placeName({ topic, partition }: PartitionStream): string {
  return `${topic}/${partition}`;
}
