/** Values of context variables: read of the objects around an entity, the nearest first that sets the context. */
import type { ContextSource } from "../planning/context-fields.ts";
import type { ContextVariable } from "../planning/mark-contexts.ts";
import { isJsonObject, type JsonObject, type Path } from "./execution-state.ts";
import type { JoinedData } from "./joined-data.ts";
import type { Place } from "./place-tree.ts";

/** Undefined: what would say it could not be read. Null also where no object around sets the context. */
export type ReadContext = (around: readonly JsonObject[], data: JoinedData) => unknown;

/** The objects on the way to a path, from the root; without the one that stands there. */
export function objectsAround(root: Place, data: JoinedData, path: Path): JsonObject[] {
  const around: JsonObject[] = [];
  let value: unknown = data.root;
  let place = root;
  for (const key of path) {
    if (typeof key === "number") {
      value = Array.isArray(value) ? value[key] : undefined;
      continue;
    }
    if (!isJsonObject(value)) break;
    around.push(value);
    value = data.get(place.slotsOf(key), value, key);
    place = place.child(key);
  }
  return around;
}

/**
 * @param keys of the entities' place
 * @param at the entities' path among those of the variable
 */
export function compileContext(
  { sources }: ContextVariable,
  { root, keys, at }: { readonly root: Place; readonly keys: readonly string[]; readonly at: number },
): ReadContext {
  const readers = (sources[at] ?? []).map((source) => compileSource(source, root.at(keys.slice(0, source.depth))));
  return (around, data) => {
    for (const { depth, read } of readers) {
      const object = around[depth];
      const value = object === undefined ? unset : read(object, data);
      if (value !== unset) return value;
    }
    return null;
  };
}

const unset = Symbol("no context");

type Read = (object: JsonObject, data: JoinedData) => unknown;

function compileSource(
  { depth, type, reads }: ContextSource,
  place: Place,
): { readonly depth: number; readonly read: Read } {
  const byType = new Map(Object.entries(reads).map(([name, keys]) => [name, compileRead(keys, place)]));
  return {
    depth,
    read: (object, data) => {
      const typename = type ?? data.typenameOf(place.slotsOf("__typename"), object);
      const read = typeof typename === "string" ? byType.get(typename) : undefined;
      return read === undefined ? unset : read(object, data);
    },
  };
}

function compileRead([key, ...rest]: readonly string[], place: Place): Read {
  if (key === undefined) return (object) => object;
  const next = compileRead(rest, place.child(key));
  const each = (value: unknown, data: JoinedData): unknown => {
    if (Array.isArray(value)) {
      const items = value.map((item) => each(item, data));
      return items.includes(undefined) ? undefined : items;
    }
    return isJsonObject(value) ? next(value, data) : value;
  };
  return (object, data) => {
    const value = data.get(place.slotsOf(key), object, key);
    // A leaf may be of a scalar whose values are objects.
    return rest.length === 0 ? value : each(value, data);
  };
}
