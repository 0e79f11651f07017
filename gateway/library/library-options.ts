/** What `createOnefoldGateway` is given. */
import type { Principal } from "../authorization/principal.ts";
import type { GatewayLogger } from "../gateway-logger.ts";
import type { SupergraphSubgraph } from "../supergraph-subgraphs.ts";
import type { RemoteSubgraphOptions } from "../transport/remote-subgraph-options.ts";

/** Where the graph comes from: exactly one of the three. */
export interface GraphOrigin {
  /** Supergraph SDL. `OnefoldGateway.offer` takes the next one. */
  readonly supergraph?: string;
  /** A file of supergraph SDL, which is read again when it changes. */
  readonly supergraphFile?: string;
  /** Subgraphs that are asked for their SDL, composed here, and asked again. */
  readonly subgraphs?: readonly SupergraphSubgraph[];
}

/** How a subgraph is reached; its name and its address are known. */
export type SubgraphReach = Omit<RemoteSubgraphOptions, "name" | "logger" | "sdl" | "url"> & { readonly url?: string };

export interface OnefoldGatewayOptions<Context> extends GraphOrigin {
  /** Asked for each subgraph of each graph. @default the address of the graph, and the defaults */
  readonly reach?: (subgraph: SupergraphSubgraph) => SubgraphReach;
  /**
   * Headers of one request, beside those that the client sent and above them: what Apollo Server's context function found out. A
   * subgraph is sent those that its `forwardHeaders` name, in lower case. @default none
   */
  readonly headersOf?: (context: Context) => Readonly<Record<string, string | undefined>>;
  /**
   * Who asks, out of what Apollo Server's context function found out; null: nobody that is known. Rejects with a `GraphQLError`
   * whose code is UNAUTHENTICATED or FORBIDDEN to refuse a request. Without it a supergraph with @authenticated, @requiresScopes
   * or @policy is refused. @default nobody is asked
   */
  readonly authorize?: (context: Context) => Principal | null | Promise<Principal | null>;
  /** Whether an operation that asks for what its client may not have is refused whole. @default false: null stands for it */
  readonly rejectUnauthorized?: boolean;
  /** How often file or subgraphs are looked at, in milliseconds. @default 250 for a file, 5_000 for subgraphs */
  readonly lookEveryMs?: number;
  /** Compiled operations that are kept. @default 1_000 */
  readonly planCacheSize?: number;
  /** @default 50 fields below one another */
  readonly maxDepth?: number;
  /** Fields of a document with its fragments expanded. @default 20_000 */
  readonly maxFields?: number;
  /** A pino logger fits. @default silent */
  readonly logger?: GatewayLogger;
}
