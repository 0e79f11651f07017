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

/** All are told. Where something is followed (an operation, a circuit, a stream), the first monitor that can do it does. */
export function combineGatewayMonitors(monitors: readonly GatewayMonitor[]): GatewayMonitor {
  const [only] = monitors;
  if (monitors.length === 1 && only !== undefined) return only;
  const followers = monitors.map(({ trace, circuit, subscribed, connected }) =>
    withoutAbsent({ trace, circuit, subscribed, connected }),
  );
  return {
    ...(Object.assign({}, ...followers.reverse()) as Pick<GatewayMonitor, Following>),
    begun: tellAll(monitors.map(({ begun }) => begun)),
    ended: tellAll(monitors.map(({ ended }) => ended)),
    refused: tellAll(monitors.map(({ refused }) => refused)),
    fetchBegun: tellAll(monitors.map(({ fetchBegun }) => fetchBegun)),
    fetchEnded: tellAll(monitors.map(({ fetchEnded }) => fetchEnded)),
    retried: tellAll(monitors.map(({ retried }) => retried)),
    readShared: tellAll(monitors.map(({ readShared }) => readShared)),
    message: tellAll(monitors.map(({ message }) => message)),
    reloaded: tellAll(monitors.map(({ reloaded }) => reloaded)),
    documentsReloaded: tellAll(monitors.map(({ documentsReloaded }) => documentsReloaded)),
  };
}

type Following = "trace" | "circuit" | "subscribed" | "connected";

function withoutAbsent(methods: object): object {
  return Object.fromEntries(Object.entries(methods).filter(([, method]) => method !== undefined));
}

function tellAll<Told>(listeners: readonly (((told: Told) => void) | undefined)[]): (told: Told) => void {
  const present = listeners.filter((listener) => listener !== undefined);
  const [only] = present;
  if (present.length === 1 && only !== undefined) return only;
  return (told) => {
    for (const listener of present) listener(told);
  };
}
