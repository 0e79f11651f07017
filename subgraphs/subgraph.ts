/** What a subgraph offers to whoever calls it in-process: federation SDL, and operations run against the stores. */
import type { DocumentNode, GraphQLFormattedError, GraphQLSchema } from "graphql";
import type { CursorVector } from "../schema/cursor.ts";

/** What belongs to one client request and is the same for all its subgraph reads. */
export interface RequestContext {
  readonly requestId: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Whether the answer shall say what it includes. */
  readonly wantsCursor: boolean;
  /** One object per client request: the loaders hang on it, so that all subgraph reads of a request share them. */
  readonly scope: object;
}

export interface SubgraphRequest {
  /** Validated once per object: hand over the same object each time the same operation runs. */
  readonly document: DocumentNode;
  readonly operationName?: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly context: RequestContext;
  readonly signal?: AbortSignal;
}

/** A GraphQL result. `data` is immutable. `cursor` says what the answer includes. */
export interface SubgraphResult {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly GraphQLFormattedError[];
  readonly cursor?: CursorVector;
}

export interface Subgraph {
  /** The domain's name. */
  readonly name: string;
  /** Federation SDL, for composition. */
  readonly sdl: string;
  readonly schema: GraphQLSchema;
  /** Answers depend on no header of the client: nothing that resolves can read one. */
  readonly readsHeaders: readonly [];
  /** A subscription's messages each tell the state, so the newest stands for those before it. */
  readonly messageKind: { readonly kind: "states" };
  /** Runs a query or mutation. Never rejects: errors are in the result, each with a catalogued `extensions.code`. */
  execute(request: SubgraphRequest): Promise<SubgraphResult>;
  /**
   * Runs a subscription: yields one result per change, each with its cursor, until `signal` aborts or the iterator is
   * returned. A consumer that is slower than the changes gets the newest state and none of those it missed.
   */
  subscribe(request: SubgraphRequest): AsyncIterable<SubgraphResult>;
}
