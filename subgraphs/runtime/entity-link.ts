/** A field that leads to an entity, told as data: graphql-js follows it by a resolver, compiled reads by themselves. */
import type { GraphQLResolveInfo } from "graphql";
import type { EntityModel } from "../../schema/model/entity.ts";
import { loadNode, type EntityNode } from "./entity-node.ts";
import type { ExecutionContext } from "./execution-context.ts";
import type { ResolverParts } from "./resolver-parts.ts";

export interface EntityLink<Parent = unknown> {
  readonly entity: EntityModel;
  /** As in `NodeRequest`. */
  readonly mustExist: boolean;
  /** As in `NodeRequest`. */
  readonly typeName?: string;
  /** The typed identifier of the entity; null: there is none, and the field is null. */
  keyOf(parent: Parent, args: Readonly<Record<string, unknown>>, context: ExecutionContext): string | null;
  /** What the parent gives to the entity beside its key. @default nothing */
  lend?(parent: Parent, node: EntityNode): EntityNode;
}

type FollowLink<Parent> = (
  parent: Parent,
  args: Readonly<Record<string, unknown>>,
  context: ExecutionContext,
  info: GraphQLResolveInfo,
) => Promise<EntityNode | null> | null;

/** A resolver that follows a link, and says which. */
export type LinkResolver<Parent> = FollowLink<Parent> & { readonly link: EntityLink<Parent> };

export function linkResolver<Parent>(
  { selectionOf }: Pick<ResolverParts, "selectionOf">,
  link: EntityLink<Parent>,
): LinkResolver<Parent> {
  const { entity, mustExist, typeName } = link;
  const known = typeName === undefined ? {} : { typeName };
  const resolve: FollowLink<Parent> = (parent, args, context, info) => {
    const key = link.keyOf(parent, args, context);
    if (key === null) return null;
    const node = loadNode(context, { entity, key, selection: selectionOf(info, entity), mustExist, ...known });
    return link.lend === undefined ? node : lendTo(link, parent, node);
  };
  return Object.assign(resolve, { link });
}

async function lendTo<Parent>(
  link: EntityLink<Parent>,
  parent: Parent,
  loading: Promise<EntityNode | null>,
): Promise<EntityNode | null> {
  const node = await loading;
  return node === null ? null : (link.lend?.(parent, node) ?? node);
}
