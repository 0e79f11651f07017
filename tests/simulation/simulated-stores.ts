/** The state store, the series store and the change feed as a process of the simulation sees them: over the network. */
import { partitionKey } from "../../schema/cursor.ts";
import type { ChangeFeed } from "../../stores/ports/change-feed.ts";
import type { SeriesStore } from "../../stores/ports/series-store.ts";
import type { IndexSegment, StateStore } from "../../stores/ports/state-store.ts";
import type { Random } from "../support/random.ts";
import type { Network } from "./network.ts";
import type { SimulatedProcess } from "./simulated-process.ts";

/** `state` may be replaced by another one while it runs: see {@link loseState}. */
export interface StoresWorld {
  state: StateStore;
  readonly series: SeriesStore;
  readonly changes: ChangeFeed;
  readonly network: Network;
  readonly random: Random;
}

export function simulateState(world: StoresWorld, process: SimulatedProcess): StateStore {
  const { network, random } = world;
  const call = <T>(what: string, effect: () => Promise<T>, part?: () => Promise<unknown>): Promise<T> =>
    network.call(process, { port: "state", what, effect, part });
  return {
    apply: (batch) => {
      const divisor = 2 + random.below(3);
      return call(
        `apply g${String(batch.generation)} ${partitionKey(batch.topic, batch.partition)} to ${String(batch.to)}`,
        () => world.state.apply(batch),
        () => world.state.apply({ ...batch, shards: batch.shards.filter(({ shard }) => shard % divisor === 0) }),
      );
    },
    read: (request) => call(`read ${request.entity}`, () => world.state.read(request)),
    fences: (generation, topic, partition) =>
      call(`fences ${partitionKey(topic, partition)}`, () => world.state.fences(generation, topic, partition)),
    async *segments(generation, topic, partition, above) {
      const read = async (): Promise<readonly IndexSegment[]> => {
        const all: IndexSegment[] = [];
        for await (const segment of world.state.segments(generation, topic, partition, above)) all.push(segment);
        return all;
      };
      yield* await call(`segments ${partitionKey(topic, partition)}`, read);
    },
    scan: (generation, entity) => world.state.scan(generation, entity),
    generations: () => call("generations", () => world.state.generations()),
    serve: (record, version) => call("serve", () => world.state.serve(record, version)),
    [Symbol.asyncDispose]: async () => {},
  };
}

export function simulateSeries(world: StoresWorld, process: SimulatedProcess): SeriesStore {
  const { network, series, random } = world;
  const call = <T>(what: string, effect: () => Promise<T>, part?: () => Promise<unknown>): Promise<T> =>
    network.call(process, { port: "series", what, effect, part });
  return {
    prepare: (generation, tables) => call("prepare", () => series.prepare(generation, tables)),
    historyBuffer: (generation, table) => series.historyBuffer(generation, table),
    write: (batch) => {
      const kept = random.below(2);
      return call(
        `write g${String(batch.generation)} ${JSON.stringify(batch.fences)}`,
        () => series.write(batch),
        () => series.write({ ...batch, rows: batch.rows.filter((_, at) => at % 2 === kept), fences: {} }),
      );
    },
    fences: (generation) => call("fences", () => series.fences(generation)),
    readSeries: (read) => call(`read ${read.table}`, () => series.readSeries(read)),
    readRanking: (read) => call(`rank ${read.table}`, () => series.readRanking(read)),
    readHistory: (read) => call(`history ${read.table} ${String(read.from)}`, () => series.readHistory(read)),
    generations: () => call("generations", () => series.generations()),
    drop: (generation) => call("drop", () => series.drop(generation)),
    [Symbol.asyncDispose]: async () => {},
  };
}

export function simulateChanges({ network, changes }: StoresWorld, process: SimulatedProcess): ChangeFeed {
  const call = <T>(what: string, effect: () => Promise<T>): Promise<T> =>
    network.call(process, { port: "changes", what, effect });
  return {
    publish: (batches) => {
      const [first] = batches;
      const range = first === undefined ? "" : `${partitionKey(first.topic, first.partition)} ${String(first.from)}-`;
      return call(`publish ${range}${String(first?.to)}`, () => changes.publish(batches));
    },
    subscribe: (options) => changes.subscribe(options),
    progress: (signal) => changes.progress(signal),
    ends: () => call("ends", () => changes.ends()),
    trim: (topic, partition, before) => call(`trim ${topic}`, () => changes.trim(topic, partition, before)),
    [Symbol.asyncDispose]: async () => {},
  };
}
