/** What a gateway is created with: subgraphs, and options with their defaults. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { GatewayLogger } from "../gateway-logger.ts";
import type { GatewayMonitor } from "../gateway-monitor.ts";
import type { SubgraphTransport } from "../subgraph-transport.ts";

export type Health =
  /** `warnings`: what an operator should know, though all is answered. */
  | { readonly status: "ok"; readonly warnings?: readonly string[] }
  | { readonly status: "unavailable"; readonly reasons: readonly string[] };

/** A query that GraphiQL shows in a tab of its own. */
export interface ExampleQuery {
  readonly name: string;
  readonly query: string;
}

/** Routes of the profile, tried after the gateway's own; true means that the request has been answered. */
export type Routes = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

export interface GatewayOptions {
  /**
   * Origins whose pages may call this gateway; `"*"` for all.
   * @default any http or https origin on localhost, 127.0.0.1 or [::1]
   */
  readonly corsOrigins?: readonly string[];
  /** Whether queries run by GET without a header that makes browsers ask before they send it. @default true */
  readonly allowSimpleGet?: boolean;
  /** @default always ok */
  readonly health?: () => Health;
  /** Tabs of the GraphiQL page. @default none */
  readonly examples?: readonly ExampleQuery[];
  /** @default none */
  readonly routes?: Routes;
  /** How long one read from one subgraph may take, in milliseconds. @default 10_000 */
  readonly fetchTimeoutMs?: number;
  /** @default 1 MiB */
  readonly maxBodyBytes?: number;
  /** Answers of at least this size are compressed for clients that take it; `Infinity`: none are. @default 1 KiB */
  readonly compressFromBytes?: number;
  /** @default 15_000 tokens in a document */
  readonly maxTokens?: number;
  /** @default 50 fields below one another */
  readonly maxDepth?: number;
  /** Fields of a document with its fragments expanded. @default 20_000 */
  readonly maxFields?: number;
  /** Compiled operations that are kept. @default 1_000 */
  readonly planCacheSize?: number;
  /**
   * Whether identical queries that are under way at once are run once: same text and variables, and the same value of each
   * header that subgraphs read. It has no effect where a subgraph may read any header. @default false
   */
  readonly shareQueries?: boolean;
  /** Documents by id: no other runs. A request names one as Apollo's persisted queries do, or has its text. @default any runs */
  readonly trustedDocuments?: Readonly<Record<string, string>>;
  /** How long `close` waits for answers on their way, in milliseconds. @default 5_000 */
  readonly closeTimeoutMs?: number;
  /** Told of operations, subscriptions and reads of subgraphs. @default nobody, at no cost */
  readonly monitor?: GatewayMonitor;
}

export interface GatewayDeps {
  readonly subgraphs: readonly SubgraphTransport[];
  /** A pino logger fits. @default silent */
  readonly logger?: GatewayLogger;
  readonly options?: GatewayOptions;
}

type Optional = "corsOrigins" | "monitor" | "trustedDocuments";
export type GatewaySettings = Required<Omit<GatewayOptions, Optional>> & Pick<GatewayOptions, Optional>;

const defaults: GatewaySettings = {
  allowSimpleGet: true,
  health: () => ({ status: "ok" }),
  examples: [],
  routes: () => Promise.resolve(false),
  fetchTimeoutMs: 10_000,
  maxBodyBytes: 1024 * 1024,
  compressFromBytes: 1024,
  maxTokens: 15_000,
  maxDepth: 50,
  maxFields: 20_000,
  planCacheSize: 1_000,
  shareQueries: false,
  closeTimeoutMs: 5_000,
};

/** Fills in the defaults. */
export function gatewaySettings(options: GatewayOptions | undefined): GatewaySettings {
  return { ...defaults, ...options };
}
