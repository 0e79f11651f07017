/** The engine as a library, `onefold/gateway`: a gateway for an Apollo Server of one's own. */
export { OnefoldError, type ErrorCode } from "../../schema/errors.ts";
export type { Principal } from "../authorization/principal.ts";
export type { GatewayLogger } from "../gateway-logger.ts";
export type { Offered } from "../reload/graph-keeper.ts";
export type { SupergraphSubgraph } from "../supergraph-subgraphs.ts";
export type { RemoteSubgraphOptions, SubgraphTls } from "../transport/remote-subgraph-options.ts";
export { createOnefoldGateway, type OnefoldGateway, type OnefoldServerOptions } from "./create-onefold-gateway.ts";
export type { GraphOrigin, OnefoldGatewayOptions, SubgraphReach } from "./library-options.ts";
