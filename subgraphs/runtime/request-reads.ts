/** The reads of one client request: its loaders, pinned to one generation and one instant, shared by all its subgraphs. */
import type { RequestContext } from "../subgraph.ts";
import { createEntityLoader, type EntityLoader } from "./entity-loader.ts";
import { createSeriesLoader, type SeriesLoader } from "./series-loader.ts";
import type { ServingDeps } from "./serving-deps.ts";

export interface RequestReads {
  readonly generation: number;
  /** What `now` is for the whole request, UTC epoch milliseconds. */
  readonly now: number;
  readonly entities: EntityLoader;
  readonly series: SeriesLoader;
}

export interface ReadsByRequest {
  /** The reads that hang on the request's scope; opened by the first subgraph that asks. */
  of(context: RequestContext): RequestReads;
  /** Forgets what the request has read, after it wrote. */
  forget(context: RequestContext): void;
}

export function createReadsByRequest(deps: Pick<ServingDeps, "stores" | "generation" | "clock">): ReadsByRequest {
  const byScope = new WeakMap<object, RequestReads>();
  return {
    of({ scope, wantsCursor }) {
      const known = byScope.get(scope);
      if (known !== undefined) return known;
      const generation = deps.generation();
      const reads: RequestReads = {
        generation,
        now: deps.clock(),
        entities: createEntityLoader(deps.stores, generation),
        series: createSeriesLoader(deps.stores.series, { generation, wantsCursor }),
      };
      byScope.set(scope, reads);
      return reads;
    },
    forget: ({ scope }) => void byScope.delete(scope),
  };
}
