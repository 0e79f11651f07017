/** The engine of the distributed profile over its opened stores: serves the generation that the record names, and feeds it where asked to. */
import { createStandardizer } from "../../../ingest/standardize/standardize.ts";
import { createTextHash } from "../../../ingest/standardize/text-hash.ts";
import { readTallies } from "../../../ingest/models/outcome-tallies.ts";
import { OnefoldError } from "../../../schema/errors.ts";
import { seriesLayout } from "../../../schema/layout/series-layout.ts";
import type { PlatformModel } from "../../../schema/model/platform.ts";
import type { ChangeFeed } from "../../../stores/ports/change-feed.ts";
import type { EventLog } from "../../../stores/ports/event-log.ts";
import type { IdentityStore } from "../../../stores/ports/identity-store.ts";
import type { SeriesStore } from "../../../stores/ports/series-store.ts";
import type { GenerationRecord, StateStore } from "../../../stores/ports/state-store.ts";
import { silentMonitor } from "../../../ingest/worker/ingest-monitor.ts";
import type { Telemetry } from "../../telemetry/open-telemetry.ts";
import type { Engine } from "../engine.ts";
import { startGenerationFeeder, type FeederOptions } from "../generations/generation-feeder.ts";
import { startGenerationKeeper, type KeeperOptions } from "../generations/generation-keeper.ts";
import { dropKept } from "../generations/generation-plan.ts";
import { readProgress } from "../generations/generation-progress.ts";
import { watchGenerations } from "../generations/generation-watch.ts";
import { OpenedResources } from "../opened-resources.ts";
import { ProgressBook } from "../progress-book.ts";
import { buildNext } from "./build-next.ts";
import { followStores } from "./store-progress.ts";

export interface DistributedStores {
  readonly log: EventLog;
  readonly state: StateStore;
  readonly series: SeriesStore;
  readonly changes: ChangeFeed;
  readonly identity: IdentityStore;
  /** Whether the state store has all that it was given. */
  readonly isWhole: () => Promise<boolean>;
}

export interface DistributedEngineDeps {
  readonly platform: PlatformModel;
  readonly stores: DistributedStores;
  /** How to run ingest in this process; null: another one does. */
  readonly ingest: (FeederOptions & KeeperOptions) | null;
  readonly logger: EngineLogger;
  /** Watches stores and ingest; null: nobody does. */
  readonly telemetry: Telemetry | null;
}

export interface EngineLogger {
  info(details: Readonly<Record<string, unknown>>, message: string): void;
  warn(details: Readonly<Record<string, unknown>>, message: string): void;
}

/** Closes what it started itself when it is disposed; the stores stay with the caller. */
export async function createDistributedEngine(deps: DistributedEngineDeps): Promise<Engine> {
  const { platform, ingest, logger, telemetry } = deps;
  const { identity, isWhole, ...ports } = deps.stores;
  const { log, state, series, changes } = telemetry?.watchStores(ports) ?? ports;
  await using opened = new OpenedResources();
  const hash = await createTextHash();
  const clock = Date.now;
  const book = new ProgressBook();
  const watch = opened.use(await watchGenerations(state));
  const serving = new ServingGeneration(platform, series);
  const onSwitch = (generation: number): void =>
    logger.info({ generation }, "Another generation of models serves now.");
  const keeper =
    ingest === null
      ? null
      : opened.use(await startGenerationKeeper({ platform, log, state, series, watch, isWhole, onSwitch }, ingest));
  await serving.follow(watch.record);
  watch.listen((record) => void serving.follow(record));
  const feeder =
    ingest === null
      ? null
      : opened.use(
          startGenerationFeeder(
            {
              ...{ platform, log, state, series, changes, hash, clock, watch },
              onProgress: (progress) => book.record(progress),
              monitorOf: (publishes) => telemetry?.ingestMonitor(publishes ? "live" : "rebuild") ?? silentMonitor,
              onFault(generation, fault) {
                if (fault !== null) logger.warn({ generation, err: fault }, "Ingest starts again after a fault.");
              },
            },
            ingest,
          ),
        );
  const progress = opened.use(
    followStores({
      ...{ changes, series, book },
      generation: () => serving.current,
      progressOf: (generation) => readProgress({ platform, log, state, series }, generation),
    }),
  );
  const resources = opened.move();

  return {
    ...{ platform, log, state, series, identity, changes, hash, clock },
    standardizer: createStandardizer(platform, { hash }),
    ingestsHere: ingest !== null,
    generation: () => serving.pin(),
    health() {
      const faults = [serving.reason, watch.fault, keeper?.fault ?? null, ...(feeder?.reasons() ?? [])];
      const reasons = [...new Set(faults.filter((reason) => reason !== null))];
      return reasons.length === 0 ? { status: "ok" } : { status: "unavailable", reasons };
    },
    waitFor: (cursor, of, timeoutMs, signal) => progress.waitFor(cursor, of, timeoutMs, signal),
    tallies: (producers) => readTallies(state, serving.pin(), producers),
    onProgress: (listener) => book.listen(listener),
    replay: (signal, { keep = false, kept } = {}) =>
      buildNext({ platform, log, state, series, watch, serving: () => serving.current }, signal, {
        keep,
        ...(kept === undefined ? {} : { kept }),
      }),
    async dropGeneration(generation) {
      await dropKept(state, generation);
      await series.drop(generation);
      await watch.refresh();
    },
    [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose](),
  };
}

/** Which generation this process answers from: the one that serves, once its tables are known here. */
class ServingGeneration {
  readonly #platform: PlatformModel;
  readonly #series: SeriesStore;
  /** Null: none that fits the declarations. */
  current: number | null = null;
  reason: string | null = "The models are not there yet.";

  constructor(platform: PlatformModel, series: SeriesStore) {
    this.#platform = platform;
    this.#series = series;
  }

  async follow(record: GenerationRecord | null): Promise<void> {
    if (record === null) {
      this.#refuse("There are no models yet: a process with the role ingest makes them.");
      return;
    }
    const fingerprint = record.fingerprints[String(record.serving)];
    if (fingerprint !== this.#platform.fingerprint) {
      this.#refuse(
        fingerprint === ""
          ? "The state store has lost models: they are being rebuilt from history and log."
          : "The models that serve follow other declarations than this process.",
      );
      return;
    }
    try {
      await this.#series.prepare(record.serving, seriesLayout(this.#platform));
      this.current = record.serving;
      this.reason = null;
    } catch (fault) {
      this.reason = fault instanceof Error ? fault.message : String(fault);
    }
  }

  /** @throws STORE_REBUILDING */
  pin(): number {
    if (this.current === null) throw new OnefoldError("STORE_REBUILDING", this.reason ?? "Models are being built.");
    return this.current;
  }

  #refuse(reason: string): void {
    this.current = null;
    this.reason = reason;
  }
}
