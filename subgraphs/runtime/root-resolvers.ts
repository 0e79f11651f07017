/** The generated root fields: look an entity up, follow it, publish an event, read a ranked list. */
import { keyFromGraphId } from "../../schema/model/entity-key.ts";
import type { EntityModel } from "../../schema/model/entity.ts";
import { mutationName, queryName, subscriptionName } from "../../schema/model/generated-names.ts";
import { linkResolver } from "./entity-link.ts";
import { inputInvalid } from "./input-invalid.ts";
import { publishResolver } from "./publish-resolver.ts";
import { rankingResolver } from "./ranking-resolvers.ts";
import type { Resolver, ResolverParts } from "./resolver-parts.ts";

/** A field of Subscription: where its messages come from, and what each is. */
export interface SubscriptionResolver {
  readonly subscribe: Resolver<unknown>;
  readonly resolve: Resolver<unknown>;
}

export interface RootResolvers {
  readonly Query: Readonly<Record<string, Resolver<unknown>>>;
  readonly Mutation: Readonly<Record<string, Resolver<unknown>>>;
  readonly Subscription: Readonly<Record<string, SubscriptionResolver>>;
}

export function rootResolvers(parts: ResolverParts): RootResolvers {
  const { index, domain } = parts;
  const owned = index.platform.entities.filter(({ owner }) => owner === domain.name);
  const rankings = index.platform.rankings.filter((ranking) => ranking.domain === domain.name);
  const events = index.platform.events.filter((event) => event.domain === domain.name);
  return {
    Query: {
      ...Object.fromEntries(owned.map((entity) => [queryName(entity.name), lookupResolver(parts, entity)])),
      ...Object.fromEntries(rankings.map((ranking) => [ranking.name, rankingResolver(parts, ranking)])),
    },
    Mutation: Object.fromEntries(events.map((event) => [mutationName(event.name), publishResolver(parts, event)])),
    Subscription: Object.fromEntries(
      owned.map((entity) => [subscriptionName(entity.name), changedResolver(parts, entity)]),
    ),
  };
}

/** Null if no event ever named the id. */
function lookupResolver(parts: ResolverParts, entity: EntityModel): Resolver<unknown> {
  const keyOf = (_root: unknown, args: Readonly<Record<string, unknown>>): string =>
    keyFromGraphId(readId(args), entity.identifiers);
  return linkResolver(parts, { entity, mustExist: true, keyOf });
}

/**
 * Each message is the entity as it is when the message is made, so that a slow reader gets the newest state. While the
 * entity is not there yet, or nobody knows of what type it is, no message is sent.
 */
function changedResolver(parts: ResolverParts, entity: EntityModel): SubscriptionResolver {
  const lookup = lookupResolver(parts, entity);
  return {
    async subscribe(_root, args) {
      const key = keyFromGraphId(readId(args), entity.identifiers);
      const [identity] = await parts.deps.stores.identity.resolve(entity.name, [key]);
      return parts.hub.watch(entity.name, [
        key,
        ...(identity === undefined ? [] : [identity.canonical, ...identity.members]),
      ]);
    },
    async resolve(root, args, context, info) {
      const node: unknown = await lookup(root, args, context, info);
      if (node === null) context.skipMessage();
      return node;
    },
  };
}

function readId(args: Readonly<Record<string, unknown>>): string {
  const { id } = args;
  if (typeof id === "string" && id !== "" && id.length <= 1024) return id;
  throw inputInvalid("id: an id has 1 to 1024 characters.");
}
