/** The metrics of reads of subgraphs, and of the ways to them. */
import type { Registry } from "prom-client";
import type { GatewayMonitor } from "../../gateway/gateway-monitor.ts";
import type { FetchRecord } from "../../gateway/watch/fetch-record.ts";
import { BoundedLabel } from "./bounded-label.ts";
import { countChildren, gaugeChildren, histogramChildren, type HistogramChild, type Tally } from "./metric-children.ts";
import { maxCodes, OK, secondsBuckets } from "./operation-metrics.ts";

export type SubgraphMonitor = Required<
  Pick<GatewayMonitor, "fetchBegun" | "fetchEnded" | "circuit" | "retried" | "readShared">
>;

/** What is counted of one subgraph with each read. */
interface SubgraphSeries {
  readonly inFlight: Tally;
  readonly ok: Tally;
  readonly okSeconds: HistogramChild;
}

export function createSubgraphMetrics(registry: Registry): SubgraphMonitor {
  const metrics = registerMetrics(registry);
  const codes = new BoundedLabel(maxCodes);
  const known = new Map<string, SubgraphSeries>();
  const seriesOf = ({ subgraph }: FetchRecord): SubgraphSeries => {
    let series = known.get(subgraph);
    if (series !== undefined) return series;
    series = {
      inFlight: metrics.inFlight({ subgraph }),
      ok: metrics.calls({ subgraph, outcome: "ok" }),
      okSeconds: metrics.seconds({ subgraph, code: OK }),
    };
    known.set(subgraph, series);
    return series;
  };
  return {
    fetchBegun: (fetch) => seriesOf(fetch).inFlight.value++,
    fetchEnded(fetch) {
      const { subgraph, outcome, code, ms } = fetch;
      const { inFlight, ok, okSeconds } = seriesOf(fetch);
      inFlight.value--;
      (outcome === "ok" ? ok : metrics.calls({ subgraph, outcome })).value++;
      const seconds = code === null ? okSeconds : metrics.seconds({ subgraph, code: codes.valueOf(code) });
      seconds.observe(ms / 1000);
    },
    circuit(subgraph) {
      const open = metrics.circuits({ subgraph });
      let isOpen = false;
      const change = (next: boolean): void => {
        open.value += Number(next) - Number(isOpen);
        isOpen = next;
      };
      return { changed: (state) => change(state === "open"), gone: () => change(false) };
    },
    retried: (subgraph) => metrics.retries({ subgraph }).value++,
    readShared: (subgraph) => metrics.shared({ subgraph }).value++,
  };
}

function registerMetrics(registry: Registry) {
  return {
    calls: countChildren(registry, {
      name: "onefold_gateway_subgraph_calls_total",
      help: "Reads of a subgraph. unavailable: no answer in time; cancelled: nobody waited any more.",
      labelNames: ["subgraph", "outcome"],
    }),
    seconds: histogramChildren(registry, {
      name: "onefold_gateway_subgraph_call_seconds",
      help: "Time of one read of a subgraph, by the code of its first error.",
      labelNames: ["subgraph", "code"],
      buckets: secondsBuckets,
    }),
    inFlight: gaugeChildren(registry, {
      name: "onefold_gateway_subgraph_calls_in_flight",
      help: "Reads of a subgraph that wait for its answer.",
      labelNames: ["subgraph"],
    }),
    retries: countChildren(registry, {
      name: "onefold_gateway_subgraph_retries_total",
      help: "Requests that were sent to a subgraph once more.",
      labelNames: ["subgraph"],
    }),
    shared: countChildren(registry, {
      name: "onefold_gateway_subgraph_shared_reads_total",
      help: "Reads of a subgraph that waited for an identical one under way, so that nothing was sent for them.",
      labelNames: ["subgraph"],
    }),
    circuits: gaugeChildren(registry, {
      name: "onefold_gateway_subgraph_circuit_open",
      help: "1: the circuit of the subgraph is open, and its fields fail at once.",
      labelNames: ["subgraph"],
    }),
  };
}
