/**
 * The data of one run. Answers of subgraphs are never changed or copied: what a later fetch knows of an object is kept
 * beside it, under the fetch's slot, and readers look through the slots that the plan says exist at their place.
 */
import { isJsonObject, type JsonObject } from "./execution-state.ts";
import type { Place, Slot } from "./place-tree.ts";

interface Filled {
  /** Objects that the fetch was about, by the place of their answer in `entities`. */
  readonly indexes: Map<object, number>;
  readonly entities: unknown[];
  /** What the subgraph gave, or an object of its own where what is hung is made of it: it tells whether two runs have the same. */
  readonly source: unknown;
}

export class JoinedData {
  /** Holds nothing but what the gateway answers itself: root fetches hang theirs on it. */
  readonly root: JsonObject;
  /** By slot, where the answers that were hung come from: two runs with the same ones have the same data. */
  readonly sources: unknown[];
  readonly #isObjectType: (typename: string) => boolean;
  readonly #filled: (Filled | undefined)[];
  readonly #slots: number;
  /** Of a branch: what it has from where it comes. */
  readonly #shared: readonly (Filled | undefined)[] | undefined;

  /**
   * @param isObjectType tells concrete types from interfaces, whose names say less
   * @param from what it begins with
   */
  constructor(slots: number, isObjectType: (typename: string) => boolean, from?: JoinedData) {
    this.root = from?.root ?? {};
    this.#slots = slots;
    this.#shared = from === undefined ? undefined : [...from.#filled];
    this.#filled = from === undefined ? new Array<Filled | undefined>(slots) : [...from.#filled];
    this.sources = from === undefined ? new Array<unknown>(slots) : [...from.sources];
    this.#isObjectType = isObjectType;
  }

  /** The data as they are now: what fetches add to a branch is not seen elsewhere. */
  branch(): JoinedData {
    return new JoinedData(this.#slots, this.#isObjectType, this);
  }

  /** What a fetch gave for an object. */
  entityOf(slot: Slot, object: object): JsonObject | undefined {
    const filled = this.#filled[slot.id];
    if (filled === undefined) return undefined;
    const index = filled.indexes.get(object);
    if (index === undefined) return undefined;
    const entity = filled.entities[index];
    return isJsonObject(entity) ? entity : undefined;
  }

  /** A field of an object; undefined if no fetch gave it. A value is not hidden by a null that another fetch gave. */
  get(slots: readonly Slot[], object: JsonObject, key: string): unknown {
    let known = object[key];
    for (const slot of slots) {
      const value = this.entityOf(slot, object)?.[key];
      if (value !== undefined && value !== null) return value;
      if (known === undefined) known = value;
    }
    return known;
  }

  /** The concrete type of an object as far as a fetch told it. `slots` are those that give `__typename`. */
  typenameOf(slots: readonly Slot[], object: JsonObject): unknown {
    for (const slot of slots) {
      const typename = this.entityOf(slot, object)?.["__typename"];
      if (typeof typename === "string" && this.#isObjectType(typename)) return typename;
    }
    return object["__typename"];
  }

  /**
   * Hangs answers on objects. `indexes` says which of the `entities` is about an object; objects of `contested` fields that
   * another fetch gave, too, become one that has the fields of both.
   */
  fill(slot: Slot, filled: Filled, contested: readonly { readonly place: Place; readonly key: string }[]): void {
    this.#filled[slot.id] = filled;
    this.sources[slot.id] = filled.source;
    for (const { place, key } of contested) {
      const others = place.slotsOf(key).filter((other) => other !== slot);
      for (const object of [...filled.indexes.keys()] as JsonObject[]) this.#unite(slot, others, object, key);
    }
  }

  #unite(slot: Slot, others: readonly Slot[], object: JsonObject, key: string): void {
    const mine = this.entityOf(slot, object);
    const before = this.get(others, object, key);
    const value = mine?.[key];
    if (mine === undefined || !isComposite(before) || !isComposite(value)) return;
    const united = this.#merge(before, value);
    for (const each of [slot, ...others]) {
      const entity = this.entityOf(each, object);
      const filled = this.#filled[each.id];
      if (entity === undefined || filled === undefined) continue;
      const own = this.#own(each, filled);
      own.indexes.set(object, own.entities.push({ ...entity, [key]: united }) - 1);
    }
  }

  /** What another branch may read is copied before it is changed. */
  #own(slot: Slot, filled: Filled): Filled {
    if (this.#shared === undefined || this.#shared[slot.id] !== filled) return filled;
    const own = { ...filled, indexes: new Map(filled.indexes), entities: [...filled.entities] };
    this.#filled[slot.id] = own;
    return own;
  }

  /** A new value with the fields of both, where they are objects at the same place; of two values the second. */
  #merge(first: unknown, second: unknown): unknown {
    if (second === undefined || second === null) return first;
    if (Array.isArray(first) && Array.isArray(second)) {
      if (first.length !== second.length) return first;
      return first.map((item, index) => this.#merge(item, second[index]));
    }
    if (!isJsonObject(first) || !isJsonObject(second)) return isComposite(first) ? first : second;
    const merged: JsonObject = { ...first };
    for (const [key, value] of Object.entries(second)) {
      if (key === "__typename" && typeof value === "string" && !this.#isObjectType(value)) merged[key] ??= value;
      else merged[key] = key in first ? this.#merge(first[key], value) : value;
    }
    this.#carry(first, merged);
    this.#carry(second, merged);
    return merged;
  }

  /** What hangs on an object hangs on the one that it became part of, too. */
  #carry(from: object, to: object): void {
    for (const filled of this.#filled) {
      const index = filled?.indexes.get(from);
      if (filled !== undefined && index !== undefined && !filled.indexes.has(to)) filled.indexes.set(to, index);
    }
  }
}

function isComposite(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
