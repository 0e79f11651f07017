/** Response keys: what a client calls a field, and under which key the plan asks subgraphs for it. */
import type { FieldNode } from "graphql";
import type { SupergraphTypes } from "../supergraph-types.ts";

/** Marks an alias that was moved out of the way. */
const moved = "_of_";

/** The key of a field in the client's answer. */
export function clientKey(field: FieldNode): string {
  return field.alias?.value ?? field.name.value;
}

/**
 * The key of a field in subgraph answers. An alias that equals some field's name (`id: name`) could hide the key fields
 * that the planner adds, so it is moved to a name that nothing else has.
 */
export function planKey(field: FieldNode, types: SupergraphTypes): string {
  const key = clientKey(field);
  if (key === field.name.value) return key;
  return types.fieldNames.has(key) || key.startsWith("_") ? moved + key : key;
}

/** From a key in a subgraph's answer or error path back to the client's. */
export function clientKeyOf(key: string): string {
  return key.startsWith(moved) ? key.slice(moved.length) : key;
}

/** Whether a field of a root type is introspection, which the gateway answers itself. */
export function isRootMeta(fieldName: string): boolean {
  return fieldName === "__schema" || fieldName === "__type";
}

/** Where an introspection answer stands in the data: at a key that no subgraph answers. */
export function introspectionKey(key: string): string {
  return `__meta:${key}`;
}
