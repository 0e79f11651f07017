/** The metrics of operations: how many, how long, what they came to, and what they were planned with. */
import type { OperationDefinitionNode } from "graphql";
import type { Registry } from "prom-client";
import type { GatewayMonitor } from "../../gateway/gateway-monitor.ts";
import type { OperationRecord } from "../../gateway/watch/operation-record.ts";
import { BoundedLabel } from "./bounded-label.ts";
import {
  countChildren,
  gaugeChildren,
  histogramChildren,
  type Children,
  type HistogramChild,
  type Tally,
} from "./metric-children.ts";

export const secondsBuckets = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];

/** Codes of errors come from subgraphs, too: so many are kept apart. */
export const maxCodes = 50;

/** Where there is no error. */
export const OK = "OK";

const ANONYMOUS = "anonymous";

export type OperationMonitor = Required<Pick<GatewayMonitor, "begun" | "ended" | "refused">>;

/** @param maxNames operations that are kept apart by name */
export function createOperationMetrics(registry: Registry, maxNames: number): OperationMonitor {
  const metrics = registerMetrics(registry);
  const codes = new BoundedLabel(maxCodes);
  const secondsOf = operationSeconds(metrics.seconds, codes, new BoundedLabel(maxNames));
  const inFlight = metrics.inFlight({});
  const shared = metrics.shared({});
  const [hits, misses] = [metrics.plans({ result: "hit" }), metrics.plans({ result: "miss" })];
  const planSeconds = metrics.planSeconds({});
  const bytes = { query: metrics.bytes({ type: "query" }), mutation: metrics.bytes({ type: "mutation" }) };
  const totals = createTotals(metrics.requests);
  return {
    begun: () => inFlight.value++,
    ended(record) {
      inFlight.value--;
      totals(record).value++;
      secondsOf(record).observe(record.totalMs / 1000);
      if (record.isShared) shared.value++;
      if (record.isPlanKnown === true) hits.value++;
      if (record.isPlanKnown === false) {
        misses.value++;
        planSeconds.observe(record.ms.plan / 1000);
      }
      if (record.bytes > 0 && record.type !== "subscription") bytes[record.type].observe(record.bytes);
    },
    refused: (code) => metrics.refused({ code: codes.valueOf(code) }).value++,
  };
}

/** The child for a record, which is found without a look-up by labels where the operation was run before. */
function operationSeconds(
  childOf: Children<"operation" | "type" | "code", HistogramChild>,
  codes: BoundedLabel,
  names: BoundedLabel,
): (record: OperationRecord) => HistogramChild {
  const find = ({ name, type, code }: OperationRecord): HistogramChild =>
    childOf({
      operation: name === null ? ANONYMOUS : names.valueOf(name),
      type,
      code: code === null ? OK : codes.valueOf(code),
    });
  const known = new WeakMap<OperationDefinitionNode, HistogramChild>();
  return (record) => {
    const { operation, code } = record;
    if (operation === undefined || code !== null) return find(record);
    let child = known.get(operation);
    if (child === undefined) known.set(operation, (child = find(record)));
    return child;
  };
}

type TotalLabel = "door" | "type" | "outcome";

function createTotals(childOf: Children<TotalLabel, Tally>): (record: OperationRecord) => Tally {
  const known = new Map<
    OperationRecord["door"],
    Map<OperationRecord["type"], Map<OperationRecord["outcome"], Tally>>
  >();
  return ({ door, type, outcome }) => {
    const found = known.get(door)?.get(type)?.get(outcome);
    if (found !== undefined) return found;
    const child = childOf({ door, type, outcome });
    const ofDoor = known.get(door) ?? new Map<OperationRecord["type"], Map<OperationRecord["outcome"], Tally>>();
    const ofType = ofDoor.get(type) ?? new Map<OperationRecord["outcome"], Tally>();
    known.set(door, ofDoor.set(type, ofType.set(outcome, child)));
    return child;
  };
}

function registerMetrics(registry: Registry) {
  return {
    requests: countChildren(registry, {
      name: "onefold_gateway_requests_total",
      help: "Executed operations. partial: data beside errors; failed: errors only; cancelled: the client had gone. Subscriptions count once, when they are opened.",
      labelNames: ["door", "type", "outcome"],
    }),
    seconds: histogramChildren(registry, {
      name: "onefold_gateway_request_seconds",
      help: "Time from a request to the answer of its query or mutation, or until its subscription is open, by the operation's name and the code of its first error.",
      labelNames: ["operation", "type", "code"],
      buckets: secondsBuckets,
    }),
    inFlight: gaugeChildren(registry, {
      name: "onefold_gateway_requests_in_flight",
      help: "Queries and mutations that run, and subscriptions that are being opened.",
      labelNames: [],
    }),
    refused: countChildren(registry, {
      name: "onefold_gateway_refused_requests_total",
      help: "Requests that came to no operation that could run, by the code of their first error.",
      labelNames: ["code"],
    }),
    shared: countChildren(registry, {
      name: "onefold_gateway_shared_requests_total",
      help: "Executed operations that were answered with what an identical one under way came to.",
      labelNames: [],
    }),
    bytes: histogramChildren(registry, {
      name: "onefold_gateway_answer_bytes",
      help: "Data of answers as JSON, before compression.",
      labelNames: ["type"],
      buckets: [100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000],
    }),
    plans: countChildren(registry, {
      name: "onefold_gateway_plan_lookups_total",
      help: "Operations whose plan was there (hit) or had to be made (miss).",
      labelNames: ["result"],
    }),
    planSeconds: histogramChildren(registry, {
      name: "onefold_gateway_plan_seconds",
      help: "Time to plan and compile an operation whose plan was not there.",
      labelNames: [],
      buckets: secondsBuckets,
    }),
  };
}
