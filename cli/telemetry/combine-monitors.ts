/** Several monitors as one: metrics, traces and logs see the same calls. */
import type { GatewayMonitor } from "../../gateway/gateway-monitor.ts";
import type { BatchMonitor, IngestMonitor } from "../../ingest/worker/ingest-monitor.ts";

export function combineIngestMonitors(monitors: readonly IngestMonitor[]): IngestMonitor {
  const [only] = monitors;
  if (monitors.length === 1 && only !== undefined) return only;
  return {
    batch: (of) => combineBatches(monitors.map((monitor) => monitor.batch(of))),
    seriesWrite(of) {
      const ends = monitors.map((monitor) => monitor.seriesWrite(of));
      return (fault) => ends.forEach((end) => end(fault));
    },
    running: (assignment) => monitors.forEach((monitor) => monitor.running(assignment)),
    fault: (fault) => monitors.forEach((monitor) => monitor.fault(fault)),
  };
}

function combineBatches(batches: readonly BatchMonitor[]): BatchMonitor {
  return {
    get traceparent() {
      return batches.find(({ traceparent }) => traceparent !== null)?.traceparent ?? null;
    },
    read: (records) => batches.forEach((batch) => batch.read(records)),
    stage(stage) {
      const ends = batches.map((batch) => batch.stage(stage));
      return (fault) => ends.forEach((end) => end(fault));
    },
    done: (result) => batches.forEach((batch) => batch.done(result)),
    failed: (fault) => batches.forEach((batch) => batch.failed(fault)),
  };
}

/** The first one is the outermost. */
export function combineGatewayMonitors(outer: GatewayMonitor, inner: GatewayMonitor): GatewayMonitor {
  return {
    operation: (of, run, outcomeOf) => outer.operation(of, () => inner.operation(of, run, outcomeOf), outcomeOf),
    call: (of, run, outcomeOf) => outer.call(of, () => inner.call(of, run, outcomeOf), outcomeOf),
    subscribed() {
      const ends = [outer.subscribed(), inner.subscribed()];
      return () => ends.forEach((end) => end());
    },
    reloaded(outcome) {
      outer.reloaded(outcome);
      inner.reloaded(outcome);
    },
    message(outcome) {
      outer.message(outcome);
      inner.message(outcome);
    },
  };
}
