/** A worker's side: what it is told at its start, and what it has in common with the others. */
import cluster, { type Worker } from "node:cluster";
import type { MetricsSnapshot, MetricsText } from "../../telemetry/gather-metrics.ts";
import { createSnapshotRequests } from "../../telemetry/snapshot-requests.ts";
import type { StartedGateway } from "../run-gateway.ts";
import { labelProcess } from "./label-process.ts";
import type { FromWorker, ToWorker } from "./worker-messages.ts";

export interface WorkersLink {
  /** From 1. */
  readonly number: number;
  /** Where all of them listen. */
  readonly port: number;
  /** What workers before it served last; null: there were none. */
  readonly supergraphSdl: string | null;
  /** Aborts when this worker is to end. */
  readonly ended: AbortSignal;
  /** What is wrong with other workers. */
  warnings(): readonly string[];
  ready(started: StartedGateway): void;
  serves(supergraphSdl: string): void;
  /** Whom to ask for the metrics of this process; null where they are switched off. */
  measureBy(measure: () => Promise<MetricsSnapshot | null>): void;
  /** Of all workers, with the label `process`; null where they are switched off. */
  metrics(): Promise<MetricsText | null>;
  /** The last thing a worker does: lets this process end. */
  leave(): void;
}

/** Null: this process is no worker. */
export async function joinWorkers(): Promise<WorkersLink | null> {
  const { worker } = cluster;
  return worker === undefined ? null : join(worker);
}

function join(worker: Worker): Promise<WorkersLink> {
  const ended = new AbortController();
  let warnings: readonly string[] = [];
  let measure: () => Promise<MetricsSnapshot | null> = async () => null;
  const tell = (message: FromWorker): void => {
    if (worker.isConnected()) worker.send(message);
  };
  const requests = createSnapshotRequests((id) => tell({ kind: "gather", id }));
  const linkOf = ({ number, port, supergraphSdl }: Extract<ToWorker, { kind: "join" }>): WorkersLink => ({
    ...{ number, port, supergraphSdl, ended: ended.signal },
    warnings: () => warnings,
    ready: (started) => tell({ kind: "ready", started }),
    serves: (text) => tell({ kind: "serves", supergraphSdl: text }),
    measureBy: (by) => void (measure = by),
    async metrics() {
      const own = await measure();
      if (own === null) return null;
      const { gatherMetrics } = await import("../../telemetry/gather-metrics.ts");
      return gatherMetrics([(await requests.ask()) ?? labelProcess(own, number)]);
    },
    leave: () => worker.disconnect(),
  });
  return new Promise((resolve) => {
    worker.on("message", (message: ToWorker) => {
      switch (message.kind) {
        case "join":
          return resolve(linkOf(message));
        case "end":
          return ended.abort();
        case "warnings":
          warnings = message.warnings;
          return;
        case "measure":
          return void measure().then((snapshot) => tell({ kind: "metrics", id: message.id, snapshot }));
        case "gathered":
          return requests.take(message.id, message.snapshot);
      }
    });
    tell({ kind: "joining" });
  });
}
