/** How the gateway reaches one subgraph. In-process and HTTP transports implement it; the executor knows nothing else. */
import type { DocumentNode, GraphQLFormattedError } from "graphql";
import type { CursorVector } from "../schema/cursor.ts";
import type { Principal } from "./authorization/principal.ts";
import type { UploadSet } from "./uploads/upload-set.ts";
import type { FetchRecord } from "./watch/fetch-record.ts";
import type { OperationRecord } from "./watch/operation-record.ts";

/** What belongs to one client request and is the same for all its subgraph reads. */
export interface RequestContext {
  readonly requestId: string;
  /** Lower-case header names as the door received them; a WebSocket's are those of its upgrade request. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Who asks, where an authorisation hook is set; null: nobody that is known. */
  readonly principal?: Principal | null;
  /** Whether the client asked for a cursor, so that reads need to report what they include. */
  readonly wantsCursor: boolean;
  /** Whether the client asked for the plan of its operation. @default false */
  readonly wantsPlan?: boolean;
  /** One object per client request (per message in a subscription): subgraphs hang their per-request loaders on it. */
  readonly scope: object;
  /** The files that came with it; they stand in the variables. @default none came */
  readonly uploads?: UploadSet;
  /** What is noted of the request, where somebody watches. */
  readonly record?: OperationRecord | undefined;
}

/** One operation for one subgraph. `document` is the same object each time the same plan runs, so it may key a cache. */
export interface SubgraphRequest {
  readonly document: DocumentNode;
  readonly operationName?: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** `variables` as JSON, where the caller has it already: a transport that sends text need not write it again. */
  readonly variablesText?: string;
  readonly context: RequestContext;
  /** A read that follows a write of the same client request: no read that began earlier may answer it. @default false */
  readonly isAfterWrite?: boolean;
  /** What is noted of this read, where somebody watches; its `traceparent` goes before the client's. */
  readonly fetch?: FetchRecord | undefined;
  readonly signal?: AbortSignal;
}

/** A GraphQL result. `data` is treated as immutable by whoever receives it. `cursor` says what the answer includes. */
export interface SubgraphResult {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly GraphQLFormattedError[];
  readonly cursor?: CursorVector;
}

/** What a subscription's messages tell, which says what becomes of those that a client has not taken yet. */
export type MessageKind =
  /** Each a state: the newest stands for those before it. */
  | { readonly kind: "states" }
  /** Each something of its own: all are held, and a client with more than either ends with SUBSCRIBER_TOO_SLOW. */
  | { readonly kind: "events"; readonly maxQueuedMessages: number; readonly maxQueuedBytes: number };

/** One subgraph. Neither method rejects for an error of the subgraph: errors are in the result. */
export interface SubgraphTransport {
  readonly name: string;
  /** Federation SDL, for composition. */
  readonly sdl: string;
  /** Whether `execute` answers within a time limit of its own, and at once when its signal aborts. @default false */
  readonly keepsTime?: boolean;
  /** The client's headers that its answers may depend on, in lower case. @default any */
  readonly readsHeaders?: readonly string[];
  /** The claims of the principal that its answers may depend on beside headers, as paths with dots. @default none */
  readonly readsClaims?: readonly string[];
  /** Says that equal subscriptions of several clients may be one. @default each client has its own */
  readonly messageKind?: MessageKind;
  execute(request: SubgraphRequest): Promise<SubgraphResult>;
  /** Yields one result per event until the source ends or `signal` aborts; returning the iterator releases it. */
  subscribe(request: SubgraphRequest): AsyncIterable<SubgraphResult>;
}
