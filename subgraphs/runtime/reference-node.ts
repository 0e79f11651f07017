/** References to entities: a reference stands for itself, whether or not an event of its own was ever seen. */
import { Kind } from "graphql";
import { linkResolver, type EntityLink, type LinkResolver } from "./entity-link.ts";
import type { ResolverParts } from "./resolver-parts.ts";

/** Leads from a typed identifier to its entity; null beside that only if it is an interface and its type is not known. */
export function referenceLink<Parent>(
  parts: ResolverParts,
  entityName: string,
  keyOf: EntityLink<Parent>["keyOf"],
): LinkResolver<Parent> {
  const { index, domain } = parts;
  // Where another domain declares the interface, this one sees it as an object type (`@interfaceObject`).
  const isObjectHere = domain.document.definitions.some(
    (node) => node.kind === Kind.OBJECT_TYPE_DEFINITION && node.name.value === entityName,
  );
  const known = isObjectHere ? { typeName: entityName } : {};
  return linkResolver(parts, { entity: index.entity(entityName), mustExist: false, keyOf, ...known });
}
