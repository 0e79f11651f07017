/** The operations that commands ask for, as plain data: run in this process, or by the instance that holds the data directory. */
import type { QuarantineItem } from "../../ingest/quality/quarantine.ts";
import type { Health } from "../profiles/engine.ts";
import type { PartitionLag } from "./measure-lag.ts";

export type OperationRequest =
  | {
      readonly kind: "ingest-file";
      /** Absolute. */
      readonly path: string;
      readonly source: string;
      /** Null: told from the file's name and the source's declaration. */
      readonly format: "csv" | "json" | null;
      /** Nothing will be added to the file: what an open quoted field at its end holds back is taken as it stands. */
      readonly complete: boolean;
    }
  | {
      readonly kind: "push";
      readonly source: string;
      /** The body's bytes, base64. */
      readonly body: string;
      /** As an HTTP request names it; empty: told from the body. */
      readonly contentType: string;
    }
  | {
      readonly kind: "generate";
      readonly events: number;
      readonly seed: number;
      /** Only this source; null: all that the generator knows. */
      readonly source: string | null;
      /** Events a second; null: as fast as the log takes them. */
      readonly rate: number | null;
    }
  | {
      readonly kind: "replay";
      /** A model that must be declared; null: none in particular. All are rebuilt together either way. */
      readonly model: string | null;
      /** Keep the generation before, fed, to go back to. */
      readonly keep: boolean;
    }
  | { readonly kind: "generations" }
  | { readonly kind: "generation-serve"; readonly generation: number }
  | { readonly kind: "generation-drop"; readonly generation: number }
  | { readonly kind: "quarantine-list"; readonly source: string | null; readonly limit: number }
  | { readonly kind: "quarantine-show"; readonly id: string }
  | { readonly kind: "status" }
  | { readonly kind: "lag" }
  | {
      readonly kind: "backup";
      /** Absolute: a folder to make, or a file whose name ends with `.tar`. */
      readonly path: string;
    };

/** An operation's life: any number of progress updates, then its one result. A refusal or fault is thrown. */
export type OperationUpdate =
  | {
      readonly kind: "progress";
      /** What is being done, in two or three words: `reading`, `applying`. */
      readonly step: string;
      /** What is being counted: `events`, `lines`. */
      readonly unit: string;
      readonly done: number;
      /** Null while unknown. */
      readonly total: number | null;
      /** Where bytes measure the work. */
      readonly bytes?: { readonly done: number; readonly total: number | null };
      /** What it waits for, if it is not the work proper. */
      readonly note?: string;
    }
  | { readonly kind: "result"; readonly result: unknown };

/** The result of `ingest-file`, `push` and `generate`: `read = applied + duplicates + quarantined`. */
export interface IngestResult {
  readonly read: number;
  readonly applied: number;
  readonly duplicates: number;
  readonly quarantined: number;
  readonly seconds: number;
}

/** The result of `ingest-file`. */
export interface FileIngestResult extends IngestResult {
  /** For people, where the result may surprise. */
  readonly note?: string;
}

/** The result of `generate`. */
export interface GenerateResult extends IngestResult {
  /** For people: why nothing was generated. */
  readonly note?: string;
}

/** The result of `push`. */
export interface PushOperationResult extends IngestResult {
  /** The first hundred events that went to the quarantine. */
  readonly refused: readonly {
    readonly index: number;
    readonly id: string;
    readonly rule: string;
    readonly reason: string;
  }[];
}

/** The result of `generations` and `generation-drop`. */
export interface GenerationList {
  readonly generations: readonly {
    readonly generation: number;
    readonly role: "serving" | "building" | "kept" | "abandoned";
    /** Whether its models follow the declarations of this command. */
    readonly declared: boolean;
  }[];
}

/** The result of `replay` and `generation-serve`. */
export interface ReplayResult {
  /** The one that serves now. */
  readonly generation: number;
  /** Log offsets that were gone through. */
  readonly events: number;
  readonly seconds: number;
}

/** The result of `quarantine-list`: the newest first. */
export interface QuarantineList {
  readonly items: readonly QuarantineItem[];
  /** How many the quarantine holds, listed or not. */
  readonly total: number;
}

/** The result of `quarantine-show`. */
export interface QuarantineDetail extends QuarantineItem {
  /** The record as it came; base64 where it is not UTF-8. */
  readonly record: { readonly encoding: "utf8" | "base64"; readonly text: string };
  /** What to do about it. */
  readonly hint: string;
}

/** The result of `lag`. */
export interface LagReport {
  readonly generation: number;
  readonly partitions: readonly PartitionLag[];
}

/** The result of `backup`. */
export interface BackupResult {
  readonly path: string;
  /** The generation that served. */
  readonly generation: number;
  /** Offsets of the log that it includes, over all sources. */
  readonly events: number;
  readonly bytes: number;
  readonly seconds: number;
}

/** The result of `status`. */
export interface PlatformStatus {
  readonly health: Health;
  /** Null while models are being rebuilt. */
  readonly generation: number | null;
  readonly domains: readonly { readonly name: string; readonly owner: string }[];
  readonly sources: readonly SourceStatus[];
}

export interface SourceStatus {
  readonly name: string;
  readonly domain: string;
  readonly partitions: readonly PartitionStatus[];
  /** Records in its quarantine. */
  readonly quarantined: number;
}

/** The log holds [start, end); a lag is how many of these a store does not include yet. */
export interface PartitionStatus {
  readonly partition: number;
  readonly start: number;
  readonly end: number;
  readonly stateLag: number;
  readonly seriesLag: number;
}
