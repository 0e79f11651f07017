/** The metrics of the gateway: operations, reads of subgraphs, streams, connections and reloads. */
import { Gauge, type Registry } from "prom-client";
import type { GatewayMonitor } from "../../gateway/gateway-monitor.ts";
import { countChildren } from "./metric-children.ts";
import { createOperationMetrics } from "./operation-metrics.ts";
import { createSubgraphMetrics } from "./subgraph-metrics.ts";

/** @param maxNames operations that are kept apart by name; the others are one */
export function createGatewayMetrics(registry: Registry, maxNames: number): GatewayMonitor {
  const registers = [registry];
  const operations = createOperationMetrics(registry, maxNames);
  const subgraphs = createSubgraphMetrics(registry);
  const subscriptions = new Gauge({
    name: "onefold_gateway_subscriptions",
    help: "Subscriptions that are open.",
    registers,
  });
  const sockets = new Gauge({ name: "onefold_gateway_websockets", help: "WebSockets that are open.", registers });
  const messages = countChildren(registry, {
    name: "onefold_gateway_messages_total",
    help: "Messages of subscriptions.",
    labelNames: ["outcome"],
  });
  const reloads = countChildren(registry, {
    name: "onefold_gateway_reloads_total",
    help: "Other supergraphs that came while one served. refused: the one before went on serving.",
    labelNames: ["outcome"],
  });
  const documents = countChildren(registry, {
    name: "onefold_gateway_trusted_documents_reloads_total",
    help: "Other lists of trusted documents that came while one served. refused: the one before went on serving.",
    labelNames: ["outcome"],
  });
  return {
    ...operations,
    ...subgraphs,
    subscribed: () => opened(subscriptions),
    connected: () => opened(sockets),
    message: (outcome) => messages({ outcome }).value++,
    reloaded: (outcome) => reloads({ outcome }).value++,
    documentsReloaded: (outcome) => documents({ outcome }).value++,
  };
}

function opened(gauge: Gauge): () => void {
  gauge.inc();
  return () => gauge.dec();
}
