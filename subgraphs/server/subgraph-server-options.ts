/** What a subgraph server is created with: subgraphs, and options with their defaults. */
import type { Logger } from "../runtime/serving-deps.ts";
import type { Subgraph } from "../subgraph.ts";

export type Health =
  { readonly status: "ok" } | { readonly status: "unavailable"; readonly reasons: readonly string[] };

export interface SubgraphServerOptions {
  /** Whether the process works at all; read by `GET /health/live`. @default always ok */
  readonly live?: () => Health;
  /** Whether requests may come; read by `GET /health/ready`, which is unavailable while closing. @default always ok */
  readonly ready?: () => Health | Promise<Health>;
  /** Of an HTTP body and of a WebSocket message. A gateway asks for many entities at once. @default 8 MiB */
  readonly maxBodyBytes?: number;
  /** @default 50_000 tokens in a document */
  readonly maxTokens?: number;
  /** Selection sets inside one another, fragments expanded. @default 100 */
  readonly maxDepth?: number;
  /** Selections of an operation, fragments expanded. @default 100_000 */
  readonly maxSelections?: number;
  /** How long a request may take to arrive whole, in milliseconds. @default 10_000 */
  readonly receiveTimeoutMs?: number;
  /** How long a query or mutation may take, in milliseconds. @default 30_000 */
  readonly executionTimeoutMs?: number;
  /** A WebSocket is pinged this often; one that has not answered by the next ping is gone. In milliseconds. @default 15_000 */
  readonly pingIntervalMs?: number;
  /** How long `close` waits for answers on their way, in milliseconds. @default 5_000 */
  readonly closeTimeoutMs?: number;
}

export interface SubgraphServerDeps {
  readonly subgraphs: readonly Subgraph[];
  readonly logger: Logger;
  readonly options?: SubgraphServerOptions;
}

export type SubgraphServerSettings = Required<SubgraphServerOptions>;

const defaults: SubgraphServerSettings = {
  live: () => ({ status: "ok" }),
  ready: () => ({ status: "ok" }),
  maxBodyBytes: 8 * 1024 * 1024,
  maxTokens: 50_000,
  maxDepth: 100,
  maxSelections: 100_000,
  receiveTimeoutMs: 10_000,
  executionTimeoutMs: 30_000,
  pingIntervalMs: 15_000,
  closeTimeoutMs: 5_000,
};

/** Fills in the defaults. */
export function subgraphServerSettings(options: SubgraphServerOptions | undefined): SubgraphServerSettings {
  return { ...defaults, ...options };
}
