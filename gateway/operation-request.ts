/** What a door hands to the engine: one validated operation of one client request. */
import type { DocumentNode } from "graphql";
import type { AccessDecision } from "./authorization/decide-access.ts";
import type { RequestContext } from "./subgraph-transport.ts";

export interface OperationRequest {
  /** Valid against the generation's schema; the same object for the same text, so that what is known of it is found. */
  readonly document: DocumentNode;
  readonly operationName: string | undefined;
  /** As the client sent them. */
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  readonly context: RequestContext;
  readonly signal?: AbortSignal;
  /** What the generation decided of this request before. @default it is decided when the operation runs */
  readonly access?: AccessDecision;
}
