/** The operations that commands ask for, as plain data: run in this process, or by the instance that holds the data directory. */

export type OperationRequest =
  | {
      readonly kind: "ingest-file";
      /** Absolute. */
      readonly path: string;
      readonly source: string;
      /** Null: told from the file's name and the source's declaration. */
      readonly format: "csv" | "json" | null;
    }
  | { readonly kind: "push"; readonly source: string; readonly body: string }
  | {
      readonly kind: "generate";
      readonly events: number;
      readonly seed: number;
      /** Only this source; null: all that the generator knows. */
      readonly source: string | null;
      /** Events a second; null: as fast as the log takes them. */
      readonly rate: number | null;
    }
  | { readonly kind: "replay" }
  | { readonly kind: "quarantine-list"; readonly source: string | null; readonly limit: number }
  | { readonly kind: "quarantine-show"; readonly id: string }
  | { readonly kind: "status" };

/** An operation's life: any number of progress updates, then its one result. A refusal or fault is thrown. */
export type OperationUpdate =
  | {
      readonly kind: "progress";
      /** What is being counted: `events`, `lines`. */
      readonly unit: string;
      readonly done: number;
      /** Null while unknown. */
      readonly total: number | null;
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
