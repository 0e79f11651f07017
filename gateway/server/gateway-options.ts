/** What a gateway is created with: subgraphs, and options with their defaults. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Authorize, IntrospectionPolicy } from "../authorization/principal.ts";
import type { GatewayLogger } from "../gateway-logger.ts";
import type { GatewayMonitor } from "../gateway-monitor.ts";
import type { SubgraphTransport } from "../subgraph-transport.ts";
import type { UploadSettings } from "../uploads/upload-settings.ts";
import type { DocumentTexts, TrustedDocuments } from "./trusted-documents.ts";

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
  /** How long one operation may be planned, in milliseconds; it may wait for its turn three times as long. @default 5_000 */
  readonly planTimeoutMs?: number;
  /** How much memory planning one operation may take, in bytes. @default 512 MiB */
  readonly maxPlanningBytes?: number;
  /** What one operation may cost at most, as @cost and @listSize have it. @default no limit */
  readonly maxCost?: number;
  /** How long lists are taken to be of which no @listSize says it, to tell costs. @default 10 */
  readonly assumedListSize?: number;
  /**
   * Whether identical queries that are under way at once are run once: same text and variables, and the same value of each
   * header that subgraphs read. It has no effect where a subgraph may read any header. @default false
   */
  readonly shareQueries?: boolean;
  /**
   * Whether equal subscriptions of several clients are one for the subgraphs: same operation, variables, and whatever of the
   * client answers may depend on. Who joins gets what comes after, so not for subgraphs whose first message is what holds now.
   * It has no effect where a subgraph may read any header. @default false
   */
  readonly shareSubscriptions?: boolean;
  /** Documents by id: no other runs. A request names one as Apollo's persisted queries do, or has its text. @default any runs */
  readonly trustedDocuments?: TrustedDocuments | DocumentTexts;
  /** Files that come beside mutations, as multipart requests. @default none are taken */
  readonly uploads?: UploadSettings;
  /** WebSockets that are open at once; one more is closed with 1013 (try again later). @default 10_000 */
  readonly maxSockets?: number;
  /** Operations that one WebSocket has under way at once; one more gets the error TOO_MANY_OPERATIONS. @default 500 */
  readonly maxSocketOperations?: number;
  /**
   * Whether answers over HTTP have a `Server-Timing` header; `asked`: if the request has `Onefold-Timing: true`. It tells
   * the names of subgraphs. @default "never"
   */
  readonly serverTiming?: "never" | "asked" | "always";
  /** Whether clients may ask for query plans and for `Server-Timing`. @default false */
  readonly development?: boolean;
  /**
   * Says who asks. Without it nobody is asked, and a supergraph with @authenticated, @requiresScopes or @policy is refused.
   * @default none
   */
  readonly authorize?: Authorize;
  /** How long the hook may take, in milliseconds; after that the request fails. @default 10_000 */
  readonly authorizeTimeoutMs?: number;
  /** Whether the hook must name who asks: who is not authenticated gets nothing at all. @default false */
  readonly requireAuthentication?: boolean;
  /**
   * Whether an operation that asks for a field that its client may not have is refused whole. @default false: null stands for
   * the field, with an error
   */
  readonly rejectUnauthorized?: boolean;
  /** Who may introspect the schema, at every door. @default allow */
  readonly introspection?: IntrospectionPolicy;
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

type Optional =
  "assumedListSize" | "authorize" | "corsOrigins" | "maxCost" | "monitor" | "trustedDocuments" | "uploads";
export type GatewaySettings = Required<Omit<GatewayOptions, Optional>> &
  Pick<GatewayOptions, Optional> & {
    /** Whether there is a hook. */
    readonly authorises: boolean;
  };

const defaults: Omit<GatewaySettings, "authorises"> = {
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
  planTimeoutMs: 5_000,
  maxPlanningBytes: 512 * 1024 * 1024,
  shareQueries: false,
  shareSubscriptions: false,
  maxSockets: 10_000,
  maxSocketOperations: 500,
  serverTiming: "never",
  development: false,
  authorizeTimeoutMs: 10_000,
  requireAuthentication: false,
  rejectUnauthorized: false,
  introspection: "allow",
  closeTimeoutMs: 5_000,
};

/** Fills in the defaults. */
export function gatewaySettings(options: GatewayOptions | undefined): GatewaySettings {
  const settings = { ...defaults, ...options, authorises: options?.authorize !== undefined };
  const serverTiming = settings.development && settings.serverTiming === "never" ? "asked" : settings.serverTiming;
  // What is timed must be watched, by nobody else if need be.
  const monitor = settings.monitor ?? (serverTiming === "never" ? undefined : {});
  return { ...settings, serverTiming, ...(monitor !== undefined && { monitor }) };
}
