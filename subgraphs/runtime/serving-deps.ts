/** What a profile hands over to serve domains: the model, the readable sides of the stores, and the way to publish. */
import type { CursorVector } from "../../schema/cursor.ts";
import type { EventModel } from "../../schema/model/event.ts";
import type { PlatformModel } from "../../schema/model/platform.ts";
import type { ChangeFeed } from "../../stores/ports/change-feed.ts";
import type { IdentityStore } from "../../stores/ports/identity-store.ts";
import type { SeriesStore } from "../../stores/ports/series-store.ts";
import type { StateStore } from "../../stores/ports/state-store.ts";
import type { DomainResolvers } from "./domain-resolvers.ts";

/** Subgraphs read and never write. */
export interface ServingStores {
  readonly state: Pick<StateStore, "read">;
  readonly series: Pick<SeriesStore, "fences" | "readSeries" | "readRanking">;
  readonly identity: Pick<IdentityStore, "resolve">;
  readonly changes: Pick<ChangeFeed, "subscribe" | "ends">;
}

/** What became of a published event. */
export type PublishOutcome =
  /** Durable, and visible to every read at or after `cursor`. */
  | { readonly kind: "applied"; readonly eventId: string; readonly cursor: CursorVector }
  | { readonly kind: "rejected"; readonly rule: string; readonly reason: string }
  /** Durable, but not visible within the time allowed. */
  | { readonly kind: "timeout"; readonly eventId: string; readonly cursor: CursorVector };

/** Publishes a raw record of the event's source, as `rawFromInput` makes it: ready to be written as JSON. */
export type PublishEvent = (
  event: EventModel,
  record: Readonly<Record<string, unknown>>,
  /** Which stores must include it before it counts as applied. */
  acknowledge: Acknowledge,
) => Promise<PublishOutcome>;

export type Acknowledge = "state" | "all";

export interface Logger {
  error(details: Readonly<Record<string, unknown>>, message: string): void;
}

export interface ServingDeps {
  readonly platform: PlatformModel;
  readonly stores: ServingStores;
  /** The generation that serves now. A request keeps the one it started with. */
  readonly generation: () => number;
  /** UTC epoch milliseconds. */
  readonly clock: () => number;
  readonly publish: PublishEvent;
  /** What is written by hand, by domain. */
  readonly resolvers: Readonly<Record<string, DomainResolvers>>;
  readonly logger: Logger;
  /** Whether queries are compiled; otherwise graphql-js runs all of them, to be compared with. @default true */
  readonly compiledReads?: boolean;
}
