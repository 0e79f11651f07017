/** The gateway's public face. */
export { printApiSchema, buildApiSchema } from "./api-schema.ts";
export { openJwtHook, type JwtHook } from "./authorization/open-jwt-hook.ts";
export type { JwtKeys, JwtOptions } from "./authorization/jwt-options.ts";
export {
  forbidden,
  unauthenticated,
  type Authorize,
  type Claims,
  type Credentials,
  type IntrospectionPolicy,
  type Principal,
} from "./authorization/principal.ts";
export { composeSubgraphs, type SubgraphDefinition } from "./compose.ts";
export type { GatewayLogger } from "./gateway-logger.ts";
export type { CircuitWatch, GatewayMonitor, ReloadOutcome, TransportMonitor } from "./gateway-monitor.ts";
export { createGateway, type Gateway } from "./server/create-gateway.ts";
export type { ExampleQuery, GatewayDeps, GatewayOptions, Health, Routes } from "./server/gateway-options.ts";
export type { ListenAddress } from "./server/listen.ts";
export type { RequestContext, SubgraphRequest, SubgraphResult, SubgraphTransport } from "./subgraph-transport.ts";
export { createRemoteSubgraph, type RemoteSubgraph } from "./transport/create-remote-subgraph.ts";
export type { RemoteSubgraphOptions } from "./transport/remote-subgraph-options.ts";
export type { CallOutcome, FetchRecord, SentRequest } from "./watch/fetch-record.ts";
export type { FetchTrace, OperationOutcome, OperationRecord, OperationTrace } from "./watch/operation-record.ts";
