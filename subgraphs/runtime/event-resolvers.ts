/** The fields of an event's type: its values by index, and the entities that its identifiers point to. */
import type { EventModel } from "../../schema/model/event.ts";
import { loadNode } from "./entity-node.ts";
import type { EventNode } from "./recent-resolver.ts";
import type { Resolver, ResolverParts } from "./resolver-parts.ts";
import { serializeValue } from "./serialize-value.ts";

export function eventResolvers(parts: ResolverParts, event: EventModel): Readonly<Record<string, Resolver<EventNode>>> {
  const values = event.fields.map(({ name, index, type }): [string, Resolver<EventNode>] => [
    name,
    (node) => serializeValue(type, node.values[index] ?? null),
  ]);
  return { ...Object.fromEntries(values), ...referenceResolvers(parts, event) };
}

/** A reference stands for itself: it leads to an entity even if no event of its own was ever seen. */
function referenceResolvers(parts: ResolverParts, event: EventModel): Readonly<Record<string, Resolver<EventNode>>> {
  const references = event.references.map(({ name, by, entity: entityName }): [string, Resolver<EventNode>] => {
    const entity = parts.index.entity(entityName);
    const pointer = { event: event.name, field: by, entity: entityName };
    return [
      name,
      (node, _args, context, info) => {
        const key = parts.index.keyOf(pointer, node.values[by] ?? null);
        if (key === null) return null;
        return loadNode(context, { entity, key, selection: parts.selectionOf(info, entity), mustExist: false });
      },
    ];
  });
  return Object.fromEntries(references);
}
