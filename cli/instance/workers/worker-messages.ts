/** What the process that keeps workers and its workers tell one another, as JSON. */
import type { MetricsSnapshot } from "../../telemetry/gather-metrics.ts";
import type { StartedGateway } from "../run-gateway.ts";

export type FromWorker =
  /** It listens to messages: what it needs to start may be sent. */
  | { readonly kind: "joining" }
  | { readonly kind: "ready"; readonly started: StartedGateway }
  /** The supergraph that it serves from now on. */
  | { readonly kind: "serves"; readonly supergraphSdl: string }
  /** Someone asks it for the metrics of all workers. */
  | { readonly kind: "gather"; readonly id: number }
  | { readonly kind: "metrics"; readonly id: number; readonly snapshot: MetricsSnapshot | null };

export type ToWorker =
  | {
      readonly kind: "join";
      /** From 1; a worker that takes the place of another has its number. */
      readonly number: number;
      readonly port: number;
      /** What a worker before it served last; null: none did. */
      readonly supergraphSdl: string | null;
    }
  | { readonly kind: "end" }
  /** What is wrong with other workers. */
  | { readonly kind: "warnings"; readonly warnings: readonly string[] }
  | { readonly kind: "measure"; readonly id: number }
  | { readonly kind: "gathered"; readonly id: number; readonly snapshot: MetricsSnapshot };
