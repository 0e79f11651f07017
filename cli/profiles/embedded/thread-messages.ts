/** What the main thread and the ingest thread of the embedded profile say to each other. */
import type { MessagePort } from "node:worker_threads";
import type { PlatformModel } from "../../../schema/model/platform.ts";
import type { IngestProgress } from "../../../ingest/worker/progress.ts";

export interface IngestThreadData {
  readonly dataDir: string;
  /** Without the domains' documents, which ingest does not need. */
  readonly platform: PlatformModel;
  readonly generation: number;
  readonly historyGeneration: number;
  readonly series: MessagePort;
}

export type ToIngestThread =
  /** Finish the batch in hand, flush, close the stores and end. */
  | { readonly kind: "stop" }
  /** Rebuild all models as this generation, beside the one that serves. */
  | { readonly kind: "rebuild"; readonly generation: number }
  /** Give up a rebuild. */
  | { readonly kind: "cancel-rebuild" }
  /** From now on feed only this generation. */
  | { readonly kind: "switch"; readonly generation: number };

export type FromIngestThread =
  | { readonly kind: "progress"; readonly progress: IngestProgress }
  /** The worker starts again after this fault; null: it runs. */
  | { readonly kind: "fault"; readonly message: string | null }
  | { readonly kind: "switched"; readonly generation: number }
  | { readonly kind: "stopped" };
