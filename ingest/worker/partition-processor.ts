/** Takes one partition of one source through all stages: standardise, quarantine, dedupe, state, changes, series. */
import { partitionKey } from "../../schema/cursor.ts";
import { OnefoldError } from "../../schema/errors.ts";
import type { EventModel, StandardEvent } from "../../schema/model/event.ts";
import type { SourceModel } from "../../schema/model/source.ts";
import type { ChangeFeed } from "../../stores/ports/change-feed.ts";
import type { EventLog, LogRecord } from "../../stores/ports/event-log.ts";
import type { HistoryBuffer, HistoryRows, SeriesStore } from "../../stores/ports/series-store.ts";
import type { Sequence } from "../../stores/ports/sequence.ts";
import type { StateStore } from "../../stores/ports/state-store.ts";
import { epochStart, SeriesAccumulator, type SeriesModelPlans } from "../models/series-accumulator.ts";
import type { StateModel, StateModelBatch } from "../models/state-model.ts";
import { QuarantineWriter, type RejectedRecord } from "../quality/quarantine.ts";
import { DedupeIndex } from "../standardize/dedupe-index.ts";
import { isRejection } from "../standardize/rejection.ts";
import type { Standardizer, TextHash } from "../standardize/standardize.ts";
import { emptyTally, type Outcome, type Tally } from "../models/outcome-tallies.ts";
import { during, MAX_TRACES, silentBatch, type BatchMonitor, type StageEnd } from "./ingest-monitor.ts";

export interface ProcessorDeps {
  readonly log: EventLog;
  readonly state: StateStore;
  readonly series: Pick<SeriesStore, "historyBuffer">;
  /** Null while a generation is rebuilt beside the serving one: its readers see no changes of it. */
  readonly changes: ChangeFeed | null;
  readonly standardizer: Standardizer;
  readonly stateModel: StateModel;
  readonly seriesPlans: SeriesModelPlans;
  readonly hash: TextHash;
  readonly clock: () => number;
  readonly dedupeWindow: number;
}

/** What waits for the series store: rows over [.., to). */
export interface PendingRows {
  readonly to: number;
  readonly history: readonly { readonly table: string; readonly rows: HistoryRows }[];
  readonly buckets: ReturnType<SeriesAccumulator["takeRows"]>;
  /** How many rows that are. */
  readonly rows: number;
  /** Trace contexts of batches whose rows are among these. */
  readonly traceparents: readonly string[];
}

/**
 * One partition's place in the log. `position` is the next offset to read; each store is fed only what it does not
 * include yet, so that reading a stretch again changes nothing.
 */
export class PartitionProcessor {
  readonly source: SourceModel;
  readonly partition: number;
  readonly #generation: number;
  readonly #deps: ProcessorDeps;
  readonly #dedupe: DedupeIndex;
  readonly #quarantine: QuarantineWriter;
  readonly #series: SeriesAccumulator;
  readonly #history = new Map<EventModel, HistoryBuffer>();
  #historyRows = 0;
  /**
   * The batch in hand. The rows in memory have its events from the first on, and so are handed over between batches only:
   * an event that is through all models is let go at once, which is what makes a batch cheap to collect.
   */
  #inHand: Promise<unknown> | null = null;
  /** After a failure the rows in memory include what no store does. */
  #failed = false;
  #traceparents: string[] = [];
  /** Watches the batch in hand. */
  #monitor: BatchMonitor = silentBatch;
  #fences: readonly number[];
  /** What the series store already includes. */
  #seriesFence: number;
  #position: number;
  #stateTo: number;

  private constructor(at: ProcessorPlace, deps: ProcessorDeps, start: ProcessorStart) {
    this.source = at.source;
    this.partition = at.partition;
    this.#generation = at.generation;
    this.#deps = deps;
    this.#dedupe = start.dedupe;
    this.#quarantine = new QuarantineWriter(deps.log, at);
    this.#series = new SeriesAccumulator(deps.seriesPlans, at.partition);
    this.#fences = start.fences;
    this.#seriesFence = start.seriesFence;
    this.#stateTo = Math.min(...start.fences);
    this.#position = this.needed;
  }

  /** Opens at the least position that any store still needs, with the dedupe index loaded. */
  static async open(at: ProcessorPlace, deps: ProcessorDeps, seriesFence: number): Promise<PartitionProcessor> {
    const { topic } = at.source;
    const fences = await deps.state.fences(at.generation, topic, at.partition);
    const dedupe = new DedupeIndex({ hash: deps.hash }, deps.dedupeWindow);
    const stateTo = Math.min(...fences);
    const above = Math.min(stateTo, epochStart(seriesFence)) - deps.dedupeWindow;
    for await (const segment of deps.state.segments(at.generation, topic, at.partition, above))
      dedupe.load(segment.bytes, stateTo);
    return new PartitionProcessor(at, deps, { fences, dedupe, seriesFence });
  }

  get topic(): string {
    return this.source.topic;
  }

  get key(): string {
    return partitionKey(this.source.topic, this.partition);
  }

  get position(): number {
    return this.#position;
  }

  /** What the state store includes. */
  get stateTo(): number {
    return this.#stateTo;
  }

  /** Where reading would begin again after a crash: what lies below, and a dedupe window below that, is needed no more. */
  get needed(): number {
    return Math.min(this.#stateTo, epochStart(this.#seriesFence));
  }

  get dedupeEntries(): number {
    return this.#dedupe.size;
  }

  get pendingRows(): number {
    return this.#historyRows + this.#series.dirtyRows;
  }

  /**
   * Processes records read at {@link position} and moves to `next`. Resolves when state and changes are written, with what
   * became of the records that the state store did not include yet. After a rejection the processor is of no use any more.
   */
  process(records: Sequence<LogRecord>, next: number, monitor = silentBatch): Promise<Tally> {
    this.#monitor = monitor;
    return this.#take(this.#processRecords(records, next));
  }

  /** Processes events that are known only from history, below what the log still holds, and moves to `next`. */
  processHistory(events: readonly PlacedEvent[], next: number): Promise<void> {
    this.#monitor = silentBatch;
    return this.#take(this.#processEvents(events, next));
  }

  async #take<T>(batch: Promise<T>): Promise<T> {
    this.#inHand = batch;
    try {
      return await batch;
    } catch (fault) {
      this.#failed = true;
      throw fault;
    } finally {
      this.#inHand = null;
    }
  }

  async #processRecords(records: Sequence<LogRecord>, next: number): Promise<Tally> {
    const standardized = this.#monitor.stage("standardize");
    const outcomes = { ...emptyTally };
    const count = (record: LogRecord, outcome: Outcome): void => {
      batch.count(record.origin.producer, outcome, { offset: record.offset, fences });
      outcomes[outcome]++;
      // A late event is applied, too.
      if (outcome === "late") outcomes.applied++;
    };
    const batch = this.#deps.stateModel.createBatch();
    const fences = this.#fences;
    const rejected: RejectedRecord[] = [];
    for (const record of records) {
      const event = this.#deps.standardizer.standardize(this.topic, this.partition, record);
      const fresh = record.offset >= this.#stateTo;
      if (!isRejection(event)) {
        const outcome = this.#accept(event, record.time, batch);
        if (fresh) count(record, outcome);
      } else if (fresh) {
        rejected.push({ record, rejection: event });
        count(record, "quarantined");
      }
    }
    standardized();
    if (rejected.length > 0) {
      await during(this.#monitor.stage("quarantine"), this.#quarantine.write(rejected, this.#deps.clock()));
    }
    await this.#apply(batch, next);
    return outcomes;
  }

  async #processEvents(events: readonly PlacedEvent[], next: number): Promise<void> {
    const batch = this.#deps.stateModel.createBatch();
    for (const { event, appendTime } of events) this.#accept(event, appendTime, batch);
    await this.#apply(batch, next);
  }

  /** Takes an event into all models. Each store is given what it does not include yet. */
  #accept(event: StandardEvent, appendTime: number, batch: StateModelBatch): Outcome {
    if (this.#dedupe.isDuplicate(event.id, event.offset)) return "duplicates";
    if (event.offset >= this.#stateTo) batch.add(event, this.#fences);
    const stored = event.offset < this.#seriesFence;
    this.#series.add(event, stored);
    if (!stored) this.#addHistory(event, appendTime);
    return event.late ? "late" : "applied";
  }

  /** Makes sure that the state store still includes what was applied. @throws FENCE_MOVED where it was emptied meanwhile */
  async checkState(): Promise<void> {
    const { topic, partition } = this;
    const least = Math.min(...(await this.#deps.state.fences(this.#generation, topic, partition)));
    if (least >= this.#stateTo) return;
    const had = `included ${String(this.#stateTo)}`;
    throw new OnefoldError("FENCE_MOVED", `${this.key}: the state store ${had}, and now ${String(least)}.`);
  }

  async #apply(batch: StateModelBatch, next: number): Promise<void> {
    if (next > this.#stateTo) await this.#applyState(batch, next, this.#monitor.stage("state"));
    this.#position = next;
    const { traceparent } = this.#monitor;
    if (traceparent !== null && this.#traceparents.length < MAX_TRACES) this.#traceparents.push(traceparent);
  }

  #addHistory({ model, offset, id, values }: StandardEvent, appendTime: number): void {
    let rows = this.#history.get(model);
    if (rows === undefined) {
      rows = this.#deps.series.historyBuffer(this.#generation, historyTable(model));
      this.#history.set(model, rows);
    }
    rows.add({ partition: this.partition, offset, appendTime, id, values });
    this.#historyRows++;
  }

  async #applyState(batch: StateModelBatch, to: number, applied: StageEnd): Promise<void> {
    const { state, changes, dedupeWindow } = this.#deps;
    const from = this.#stateTo;
    const finished = batch.finish(this.#fences);
    const segment = this.#dedupe.takeSegment();
    const applying = state.apply({
      generation: this.#generation,
      topic: this.topic,
      partition: this.partition,
      to,
      shards: finished.shards.filter((shard) => shard.from < to),
      segment: segment === null ? null : { from, to, bytes: segment, keepAbove: this.needed - dedupeWindow },
    });
    const { moved } = await during(applied, applying);
    if (moved.length > 0) {
      throw new OnefoldError("FENCE_MOVED", `${this.key}: another writer has applied events from ${String(from)} on.`);
    }
    this.#fences = this.#fences.map((fence) => Math.max(fence, to));
    this.#stateTo = to;
    const { topic, partition } = this;
    if (changes === null) return;
    const published = this.#monitor.stage("changes");
    await during(published, changes.publish([{ topic, partition, from, to, entities: finished.changes }]));
  }

  /** Takes what the series store does not have yet, once no batch is in hand; null if there is nothing, or a batch failed. */
  async takePending(): Promise<PendingRows | null> {
    while (this.#inHand !== null) await this.#inHand.catch(() => undefined);
    if (this.#failed || this.#position <= this.#seriesFence) return null;
    const rows = this.pendingRows;
    const history = [...this.#history].map(([model, of]) => ({ table: historyTable(model), rows: of.take() }));
    const buckets = this.#series.takeRows(this.#position);
    const traceparents = this.#traceparents;
    this.#historyRows = 0;
    this.#traceparents = [];
    return {
      to: this.#position,
      history: history.filter(({ rows: of }) => of.length > 0),
      buckets,
      rows,
      traceparents,
    };
  }

  /** Says that what {@link takePending} gave is now in the store. */
  seriesReached(to: number): void {
    this.#seriesFence = Math.max(this.#seriesFence, to);
  }

  get seriesFence(): number {
    return this.#seriesFence;
  }
}

export interface ProcessorPlace {
  readonly generation: number;
  readonly source: SourceModel;
  readonly partition: number;
}

interface ProcessorStart {
  readonly fences: readonly number[];
  readonly seriesFence: number;
  readonly dedupe: DedupeIndex;
}

/** An accepted event with the append time of its record. */
export interface PlacedEvent {
  readonly event: StandardEvent;
  readonly appendTime: number;
}

function historyTable({ name }: EventModel): string {
  return `dwd_${name}`;
}
