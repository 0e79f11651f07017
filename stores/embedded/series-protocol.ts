/** The messages between the threads that use the embedded series store and the thread that runs its engine. */
import type { MessagePort } from "node:worker_threads";
import type { QueryParameter } from "../clickhouse/series-connection.ts";

/** How the engine is opened. */
export interface SeriesEngineOptions {
  /** The data directory. One process at a time may open it, and a process only one at a time. */
  readonly path: string;
  /** The engine's own cap on its memory: above it, queries fail and inserts are refused. */
  readonly maxBytes: number;
}

/** From the thread that started the worker. */
export type ControlMessage = { readonly kind: "connect"; readonly port: MessagePort } | { readonly kind: "close" };

/** From the worker to the thread that started it. */
export type ControlReply =
  { readonly kind: "ready" } | { readonly kind: "closed" } | { readonly kind: "failed"; readonly message: string };

export type SeriesRequest = { readonly id: number } & (
  | {
      readonly kind: "insert";
      readonly table: string;
      readonly columns: readonly string[];
      /** TSV in UTF-8, handed over without a copy. */
      readonly body: Uint8Array;
      readonly settings: Readonly<Record<string, number>>;
    }
  | { readonly kind: "query"; readonly sql: string; readonly parameters: Readonly<Record<string, QueryParameter>> }
  | { readonly kind: "command"; readonly sql: string }
  /** Waits for no insert, and no insert for it. */
  | { readonly kind: "maintain"; readonly sql: string }
);

/** `text`: the answer of a query, as ClickHouse's JSONCompact. */
export type SeriesReply = { readonly id: number } & (
  { readonly kind: "done"; readonly text: string } | { readonly kind: "failed"; readonly message: string }
);
