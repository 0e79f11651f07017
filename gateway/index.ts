/** The gateway's public face. */
export { printApiSchema, buildApiSchema } from "./api-schema.ts";
export { composeSubgraphs, type SubgraphDefinition } from "./compose.ts";
export type { GatewayLogger } from "./gateway-logger.ts";
export type {
  CallOutcome,
  GatewayMonitor,
  OperationOutcome,
  WatchedCall,
  WatchedOperation,
} from "./gateway-monitor.ts";
export { createGateway, type Gateway } from "./server/create-gateway.ts";
export type { ExampleQuery, GatewayDeps, GatewayOptions, Health, Routes } from "./server/gateway-options.ts";
export type { ListenAddress } from "./server/listen.ts";
export type { RequestContext, SubgraphRequest, SubgraphResult, SubgraphTransport } from "./subgraph-transport.ts";
export { createRemoteSubgraph, type RemoteSubgraph } from "./transport/create-remote-subgraph.ts";
export type { RemoteSubgraphOptions } from "./transport/remote-subgraph-options.ts";
