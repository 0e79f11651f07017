/** The metrics of the gateway: operations, subscriptions and reads of subgraphs. */
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { GatewayMonitor } from "../../gateway/gateway-monitor.ts";

const seconds = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];

export function createGatewayMetrics(registry: Registry): GatewayMonitor {
  const registers = [registry];
  const requests = new Counter({
    name: "onefold_gateway_requests_total",
    help: "Executed operations. partial: data beside errors; failed: errors only. Subscriptions count once, when they are opened.",
    labelNames: ["type", "outcome"],
    registers,
  });
  const duration = new Histogram({
    name: "onefold_gateway_request_seconds",
    help: "Time to execute a query or mutation, or to open a subscription.",
    labelNames: ["type"],
    buckets: seconds,
    registers,
  });
  const subscriptions = new Gauge({
    name: "onefold_gateway_subscriptions",
    help: "Subscriptions that are open.",
    registers,
  });
  const messages = new Counter({
    name: "onefold_gateway_messages_total",
    help: "Messages of subscriptions.",
    labelNames: ["outcome"],
    registers,
  });
  const calls = new Counter({
    name: "onefold_gateway_subgraph_calls_total",
    help: "Reads of a subgraph. unavailable: no answer in time.",
    labelNames: ["subgraph", "outcome"],
    registers,
  });
  const callDuration = new Histogram({
    name: "onefold_gateway_subgraph_call_seconds",
    help: "Time of one read of a subgraph.",
    labelNames: ["subgraph"],
    buckets: seconds,
    registers,
  });
  const reloads = new Counter({
    name: "onefold_gateway_reloads_total",
    help: "Other supergraphs that came while one served. refused: the one before went on serving.",
    labelNames: ["outcome"],
    registers,
  });
  return {
    reloaded: (outcome) => reloads.inc({ outcome }),
    async operation({ type }, run, outcomeOf) {
      const started = performance.now();
      const result = await run();
      duration.observe({ type }, (performance.now() - started) / 1000);
      requests.inc({ type, outcome: outcomeOf(result) });
      return result;
    },
    async call({ subgraph }, run, outcomeOf) {
      const started = performance.now();
      const result = await run();
      callDuration.observe({ subgraph }, (performance.now() - started) / 1000);
      calls.inc({ subgraph, outcome: outcomeOf(result) });
      return result;
    },
    subscribed() {
      subscriptions.inc();
      return () => subscriptions.dec();
    },
    message: (outcome) => messages.inc({ outcome }),
  };
}
