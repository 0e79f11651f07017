/** The fields of an event's type: its values by index, and the entities that its identifiers point to. */
import type { EventModel } from "../../schema/model/event.ts";
import type { EventNode } from "./recent-resolver.ts";
import { referenceLink } from "./reference-node.ts";
import type { Resolver, ResolverParts } from "./resolver-parts.ts";
import { serializeValue } from "./serialize-value.ts";

export function eventResolvers(parts: ResolverParts, event: EventModel): Readonly<Record<string, Resolver<EventNode>>> {
  const values = event.fields.map(({ name, index, type }): [string, Resolver<EventNode>] => [
    name,
    (node) => serializeValue(type, node.values[index] ?? null),
  ]);
  return { ...Object.fromEntries(values), ...referenceResolvers(parts, event) };
}

function referenceResolvers(parts: ResolverParts, event: EventModel): Readonly<Record<string, Resolver<EventNode>>> {
  const references = event.references.map(({ name, by, entity }): [string, Resolver<EventNode>] => {
    const pointer = { event: event.name, field: by, entity };
    const keyOf = (node: EventNode): string | null => parts.index.keyOf(pointer, node.values[by] ?? null);
    return [name, referenceLink(parts, entity, keyOf)];
  });
  return Object.fromEntries(references);
}
