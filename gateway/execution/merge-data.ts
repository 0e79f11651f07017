/** Merging: fields of one subgraph's answer are laid into the objects that other answers have built. */
import { isJsonObject, type JsonObject } from "./execution-state.ts";

export interface MergeOptions {
  /** Whether what is merged in must be copied, since later steps will change it: subgraph answers are immutable. */
  readonly copies: boolean;
  /** Tells concrete types from interfaces: a concrete `__typename` is never replaced by an interface's name. */
  readonly isObjectType: (typename: string) => boolean;
}

/** Lays `source` into `target`. Objects merge by key, lists of equal length by index; a value is not replaced by null. */
export function mergeData(target: JsonObject, source: Readonly<JsonObject>, options: MergeOptions): void {
  for (const key of Object.keys(source)) {
    // What stands under this name in an object is its prototype, which all objects share.
    if (key === "__proto__") continue;
    const incoming = source[key];
    const present = target[key];
    if (present === undefined || present === null) target[key] = options.copies ? copyJson(incoming) : incoming;
    else if (isJsonObject(present) && isJsonObject(incoming)) mergeData(present, incoming, options);
    else if (Array.isArray(present) && Array.isArray(incoming)) mergeLists(present, incoming, options);
    else if (key === "__typename" && typeof incoming === "string" && !options.isObjectType(incoming)) continue;
    else if (incoming !== null && typeof incoming !== "object") target[key] = incoming;
  }
}

function mergeLists(target: unknown[], source: readonly unknown[], options: MergeOptions): void {
  if (target.length !== source.length) return;
  for (const [index, incoming] of source.entries()) {
    const present = target[index];
    if (isJsonObject(present) && isJsonObject(incoming)) mergeData(present, incoming, options);
    else if (Array.isArray(present) && Array.isArray(incoming)) mergeLists(present, incoming, options);
    else if (present === null || present === undefined) target[index] = options.copies ? copyJson(incoming) : incoming;
  }
}

/** A deep copy of plain JSON data; anything with a class of its own is taken as it is. */
export function copyJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyJson);
  if (!isPlainObject(value)) return value;
  const copy: JsonObject = {};
  for (const key of Object.keys(value)) copy[key] = copyJson(value[key]);
  return copy;
}

function isPlainObject(value: unknown): value is JsonObject {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
