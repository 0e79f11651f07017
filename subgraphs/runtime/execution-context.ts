/** What graphql-js hands to every resolver of one operation. */
import type { RequestContext } from "../subgraph.ts";
import type { CursorCollector } from "./cursor-collector.ts";
import type { ResolverContext } from "./domain-resolvers.ts";
import type { ModelIndex } from "./model-index.ts";
import type { RequestReads } from "./request-reads.ts";

export interface ExecutionContext extends ResolverContext {
  readonly request: RequestContext;
  readonly index: ModelIndex;
  readonly reads: RequestReads;
  /** What this operation includes; reads that it shares with others are noted here, too. */
  readonly collector: CursorCollector;
  /** In a subscription: this change gives no message. */
  skipMessage(): void;
  isSkipped(): boolean;
  /** After a write: what the request reads later is read anew. */
  forgetReads(): void;
}
