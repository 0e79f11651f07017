/** References to entities: a reference stands for itself, whether or not an event of its own was ever seen. */
import { Kind, type GraphQLResolveInfo } from "graphql";
import { loadNode, type EntityNode } from "./entity-node.ts";
import type { ExecutionContext } from "./execution-context.ts";
import type { ResolverParts } from "./resolver-parts.ts";

/** Leads from a typed identifier to its entity; null only if the entity is an interface and its type is not known. */
export type Referrer = (key: string, context: ExecutionContext, info: GraphQLResolveInfo) => Promise<EntityNode | null>;

export function createReferrer({ index, domain, selectionOf }: ResolverParts, entityName: string): Referrer {
  const entity = index.entity(entityName);
  // Where another domain declares the interface, this one sees it as an object type (`@interfaceObject`).
  const isObjectHere = domain.document.definitions.some(
    (node) => node.kind === Kind.OBJECT_TYPE_DEFINITION && node.name.value === entityName,
  );
  const known = isObjectHere ? { typeName: entityName } : {};
  return (key, context, info) =>
    loadNode(context, { entity, key, selection: selectionOf(info, entity), mustExist: false, ...known });
}
