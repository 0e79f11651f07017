/** The world of one schedule: time, network, stores, and the journal of all that came into the log. */
import { partitionKey } from "../../schema/cursor.ts";
import { seriesLayout } from "../../schema/layout/series-layout.ts";
import { createMemoryChangeFeed } from "../../stores/memory/change-feed.ts";
import { createMemoryEventLog } from "../../stores/memory/event-log.ts";
import { createMemorySeriesStore } from "../../stores/memory/series-store.ts";
import { createMemoryStateStore } from "../../stores/memory/state-store.ts";
import type { AppendBatch, AppendResult, EventLog } from "../../stores/ports/event-log.ts";
import { createRandom, type Random } from "../support/random.ts";
import { overLog, shiftedLog } from "../ingest/fixtures/changed-logs.ts";
import { market } from "../ingest/fixtures/market.ts";
import type { FaultKind } from "./fault-kinds.ts";
import type { JournalRecord } from "./market-truth.ts";
import { Network } from "./network.ts";
import { drawSettings, type ScheduleSettings } from "./schedule-settings.ts";
import type { LogWorld } from "./simulated-log.ts";
import type { StoresWorld } from "./simulated-stores.ts";
import { VirtualTime } from "./virtual-time.ts";

export interface Place {
  readonly topic: string;
  readonly partition: number;
}

export interface World extends LogWorld, StoresWorld {
  readonly settings: ScheduleSettings;
  readonly random: Random;
  readonly time: VirtualTime;
  readonly journal: readonly JournalRecord[];
  readonly places: readonly Place[];
  readonly trace: string[];
  readonly hits: Set<FaultKind>;
  /** While false, nothing goes wrong any more. */
  chaos: boolean;
  note(text: string): void;
  hit(kind: FaultKind): void;
}

/** Within the times of the market's events: most of them are late, and a few are too early. */
const START = Date.UTC(2024, 0, 1, 3);

export async function createWorld(seed: number): Promise<World> {
  const random = createRandom(seed);
  const settings = drawSettings(random);
  const time = new VirtualTime(START);
  const trace: string[] = [];
  const hits = new Set<FaultKind>();
  const note = (text: string): void => void trace.push(`${String(time.now - START)} ${text}`);
  const hit = (kind: FaultKind): void => void hits.add(kind);
  const network = new Network({ time, random, note, hit }, settings.network);
  const journal: JournalRecord[] = [];
  const waiting = new Map<string, Set<() => void>>();
  const log = journaled(shiftedLog(createMemoryEventLog(), settings.base), (record) => {
    journal.push(record);
    const key = partitionKey(record.topic, record.partition);
    for (const wake of [...(waiting.get(key) ?? [])]) wake();
  });
  const places: Place[] = [];
  const world: World = {
    log,
    state: createMemoryStateStore(),
    series: createMemorySeriesStore(),
    changes: createMemoryChangeFeed(),
    settings,
    random,
    time,
    network,
    journal,
    places,
    waiting,
    trace,
    hits,
    chaos: true,
    note,
    hit,
    lostLatencyMs: () => (world.chaos ? random.below(3_000) : 0),
  };
  await createTopics(world, places);
  return world;
}

async function createTopics({ log, series, settings }: World, places: Place[]): Promise<void> {
  const fences: Record<string, number> = {};
  for (const { name, topic, quarantineTopic } of market.sources) {
    const partitions = name === "visits" ? settings.partitions.visits : settings.partitions.notes;
    await log.createTopic(topic, { partitions });
    await log.createTopic(quarantineTopic, { partitions: 1 });
    for (let partition = 0; partition < partitions; partition++) {
      places.push({ topic, partition });
      fences[partitionKey(topic, partition)] = settings.base;
    }
  }
  if (settings.base === 0) return;
  // History says that there was nothing below the log's start.
  for (const generation of [1, 2]) {
    await series.prepare(generation, seriesLayout(market));
    await series.write({ generation, rows: [], fences });
  }
}

/** Tells of each record that comes into an event topic. */
function journaled(log: EventLog, onRecord: (record: JournalRecord) => void): EventLog {
  return overLog(log, {
    async append(topic: string, batch: AppendBatch): Promise<AppendResult> {
      const result = await log.append(topic, batch);
      if (result.kind === "producer-moved" || !topic.startsWith("events.")) return result;
      for (const [i, { partition, offset }] of result.positions.entries()) {
        const record = batch.records[i];
        if (record === undefined) continue;
        const text = Buffer.from(record.value).toString();
        const { time, origin } = batch;
        const { sequence } = record;
        onRecord({ topic, partition, offset, time, producer: origin.producer, sequence, text });
      }
      return result;
    },
  });
}
