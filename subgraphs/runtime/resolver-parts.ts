/** What resolvers are made from: the domain, its model by name, and how it reads selections. */
import type { GraphQLFieldResolver } from "graphql";
import type { DomainModel } from "../../schema/model/platform.ts";
import type { ChangeHub } from "./change-hub.ts";
import type { DomainResolvers } from "./domain-resolvers.ts";
import type { ExecutionContext } from "./execution-context.ts";
import type { ModelIndex } from "./model-index.ts";
import type { ServingDeps } from "./serving-deps.ts";
import type { SelectionReader } from "./state-selection.ts";

export interface ResolverParts {
  readonly domain: DomainModel;
  readonly index: ModelIndex;
  readonly deps: ServingDeps;
  readonly hub: ChangeHub;
  readonly selectionOf: SelectionReader;
  readonly written: DomainResolvers;
}

/** A generated resolver: the parent is what the generated resolver of the type above gave. */
export type Resolver<Parent> = GraphQLFieldResolver<Parent, ExecutionContext, Readonly<Record<string, unknown>>>;
