/** What the main thread and the ingest thread of the embedded profile say to each other. */
import type { MessagePort } from "node:worker_threads";
import type { PlatformModel } from "../../../schema/model/platform.ts";
import type { IngestProgress } from "../../../ingest/worker/progress.ts";
import type { MetricsSnapshot } from "../../telemetry/gather-metrics.ts";
import type { LogEvent } from "../../telemetry/log-event.ts";
import type { TelemetryOptions } from "../../telemetry/open-telemetry.ts";

export interface IngestThreadData {
  readonly dataDir: string;
  /** Without the domains' documents, which ingest does not need. */
  readonly platform: PlatformModel;
  readonly generation: number;
  readonly historyGeneration: number;
  readonly series: MessagePort;
  /** Null: nobody watches. */
  readonly telemetry: TelemetryOptions | null;
}

export type ToIngestThread =
  /** Finish the batch in hand, flush, close the stores and end. */
  | { readonly kind: "stop" }
  /** Rebuild all models as this generation, beside the one that serves. */
  | { readonly kind: "rebuild"; readonly generation: number }
  /** Give up a rebuild. */
  | { readonly kind: "cancel-rebuild" }
  /** From now on feed only this generation. */
  | { readonly kind: "switch"; readonly generation: number }
  /** Answered at once, whatever else is being done. */
  | { readonly kind: "metrics"; readonly id: number };

export type FromIngestThread =
  | { readonly kind: "progress"; readonly progress: IngestProgress }
  /** The worker starts again after this fault; null: it runs. */
  | { readonly kind: "fault"; readonly message: string | null }
  | { readonly kind: "switched"; readonly generation: number }
  | { readonly kind: "metrics"; readonly id: number; readonly snapshot: MetricsSnapshot | null }
  | { readonly kind: "log"; readonly event: LogEvent }
  | { readonly kind: "stopped" };
