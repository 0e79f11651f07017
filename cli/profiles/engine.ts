/** What a profile opens: the stores, the running ingest, and the two questions that doors and commands ask of it. */
import type { CursorVector } from "../../schema/cursor.ts";
import type { PlatformModel } from "../../schema/model/platform.ts";
import type { Tally } from "../../ingest/models/outcome-tallies.ts";
import type { BackupRun } from "../backup/make-backup.ts";
import type { Manifest } from "../backup/manifest.ts";
import type { Standardizer, TextHash } from "../../ingest/standardize/standardize.ts";
import type { ChangeFeed } from "../../stores/ports/change-feed.ts";
import type { EventLog } from "../../stores/ports/event-log.ts";
import type { IdentityStore } from "../../stores/ports/identity-store.ts";
import type { SeriesStore } from "../../stores/ports/series-store.ts";
import type { StateStore } from "../../stores/ports/state-store.ts";

export type Health =
  { readonly status: "ok" } | { readonly status: "unavailable"; readonly reasons: readonly string[] };

/** Which stores must include a cursor before a wait ends. */
export type WaitFor = "state" | "all";

export interface ReplayOptions {
  /** Keep the old generation, and go on feeding it. @default false */
  readonly keep?: boolean;
  /** Go back to this kept generation instead of building a new one. */
  readonly kept?: number;
}

export interface Engine extends AsyncDisposable {
  readonly platform: PlatformModel;
  readonly log: EventLog;
  readonly state: StateStore;
  readonly series: SeriesStore;
  readonly identity: IdentityStore;
  readonly changes: ChangeFeed;
  readonly standardizer: Standardizer;
  readonly hash: TextHash;
  readonly clock: () => number;
  /** Whether ingest runs in this process; if not, others apply what the log holds. */
  readonly ingestsHere: boolean;
  /**
   * The generation that serves now: pin it at a request's start.
   * @throws STORE_REBUILDING while the declarations have changed and their models are not built yet
   */
  generation(): number;
  health(): Health;
  /**
   * Resolves true once the stores include `cursor`, false when `timeoutMs` has passed first. Only partitions that the
   * cursor names are waited for.
   */
  waitFor(cursor: CursorVector, stores: WaitFor, timeoutMs: number, signal?: AbortSignal): Promise<boolean>;
  /** What became of the records of producers (`file:<source>:<id>`) since the generation was begun, in their order. */
  tallies(producers: readonly string[]): Promise<readonly Tally[]>;
  /** Called after each step of ingest until the returned function is called. */
  onProgress(listener: () => void): () => void;
  /**
   * Copies all stores to a new folder, consistent with each other, while ingest goes on. Absent where the stores are
   * servers, which are backed up by their own means.
   */
  readonly backup?: (target: string, run: BackupRun) => Promise<Manifest>;
  /**
   * Rebuilds all models as a new generation beside the serving one, then switches to it and drops the old one. Yields how
   * many log offsets are applied, of how many.
   * @throws INPUT_INVALID for an option that this profile does not have
   */
  replay(
    signal: AbortSignal,
    options?: ReplayOptions,
  ): AsyncIterable<{ readonly done: number; readonly total: number }>;
  /** Drops a generation that is kept. @throws INPUT_INVALID for any other one */
  dropGeneration(generation: number): Promise<void>;
}
