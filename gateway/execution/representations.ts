/** Representations: what a subgraph is told about an entity, built from the joined data by the plan's `requires`. */
import type { FieldRequiresNode, RequiresSelection } from "@graphql-hive/router-query-planner";
import { isNamedRequirement } from "../planning/named-requirements.ts";
import type { SupergraphTypes } from "../supergraph-types.ts";
import { isJsonObject, type JsonObject } from "./execution-state.ts";
import type { JoinedData } from "./joined-data.ts";
import type { Place, Slot } from "./place-tree.ts";
import type { Rewrite } from "./rewrites.ts";

/** Writes an entity's representation as JSON, or answers undefined if the data lacks something that is required. */
export type WriteRepresentation = (
  entity: JsonObject,
  data: JoinedData,
  memory: RepresentationMemory,
) => string | undefined;

/** What one writer wrote in one run, by the value of the first key: most entities occur more than once. */
export type RepresentationMemory = Map<unknown, Remembered>;

interface Remembered {
  readonly typename: string;
  /** Of the other keys. */
  readonly values: readonly unknown[];
  readonly text: string;
}

/** Adds to a representation; false means that something required is missing. */
type Fill = (from: JsonObject, to: JsonObject, data: JoinedData) => boolean;

/** @param place where the entities stand */
export function compileRepresentation(
  requires: readonly RequiresSelection[],
  place: Place,
  { types, rewrite }: { readonly types: SupergraphTypes; readonly rewrite: Rewrite | undefined },
): WriteRepresentation {
  const plain = rewrite === undefined ? plainKeys(requires) : undefined;
  if (plain !== undefined) return compilePlain(plain, place, types);
  const fill = compileSelections(requires, place, types);
  let typenames: readonly Slot[] | undefined;
  return (entity, data) => {
    const representation: JsonObject = {};
    if (!fill(entity, representation, data)) return undefined;
    // Without a key field nothing identifies the entity: no type condition applied to it.
    if (!Object.keys(representation).some((key) => key !== "__typename")) return undefined;
    typenames ??= place.slotsOf("__typename");
    representation["__typename"] ??= data.typenameOf(typenames, entity);
    if (typeof representation["__typename"] !== "string") return undefined;
    return JSON.stringify(rewrite === undefined ? representation : rewrite(representation));
  };
}

interface PlainKeys {
  readonly condition: string;
  readonly keys: readonly string[];
}

/** The form that most fetches have: one type, and fields without any below them. */
function plainKeys(requires: readonly RequiresSelection[]): PlainKeys | undefined {
  const [only] = requires;
  if (requires.length !== 1 || only?.kind !== "InlineFragment") return undefined;
  const keys: string[] = [];
  for (const selection of only.selections) {
    if (selection.kind !== "Field" || selection.alias != null || selection.selections?.length) return undefined;
    if (selection.name !== "__typename" && !keys.includes(selection.name)) keys.push(selection.name);
  }
  return keys.length === 0 ? undefined : { condition: only.typeCondition, keys };
}

function compilePlain({ condition, keys }: PlainKeys, place: Place, types: SupergraphTypes): WriteRepresentation {
  let fields: readonly { readonly start: string; readonly slots: readonly Slot[] }[] | undefined;
  let typenames: readonly Slot[] = [];
  return (entity, data, memory) => {
    if (fields === undefined) {
      fields = keys.map((key) => ({ start: `,${JSON.stringify(key)}:`, slots: place.slotsOf(key) }));
      typenames = place.slotsOf("__typename");
    }
    const typename = data.typenameOf(typenames, entity);
    if (typeof typename !== "string" || !types.satisfies(typename, condition)) return undefined;
    const first = data.get(fields[0]?.slots ?? [], entity, keys[0] ?? "");
    const values: unknown[] = [];
    for (let index = 1; index < fields.length; index++) {
      values.push(data.get(fields[index]?.slots ?? [], entity, keys[index] ?? ""));
    }
    const known = memory.get(first);
    if (known?.typename === typename && areSame(known.values, values)) return known.text;
    if (first === undefined || values.includes(undefined)) return undefined;
    let text = `{"__typename":"${typename}"`;
    fields.forEach(({ start }, index) => (text += start + JSON.stringify(index === 0 ? first : values[index - 1])));
    text += "}";
    memory.set(first, { typename, values, text });
    return text;
  };
}

/** Objects are the same only if they are one. */
function areSame(known: readonly unknown[], values: readonly unknown[]): boolean {
  for (let index = 0; index < values.length; index++) if (known[index] !== values[index]) return false;
  return true;
}

function compileSelections(selections: readonly RequiresSelection[], place: Place, types: SupergraphTypes): Fill {
  const fills = selections.map((selection) => compileSelection(selection, place, types));
  return (from, to, data) => fills.every((fill) => fill(from, to, data));
}

function compileSelection(selection: RequiresSelection, place: Place, types: SupergraphTypes): Fill {
  let slots: readonly Slot[] | undefined;
  if (selection.kind === "InlineFragment") {
    const fill = compileSelections(selection.selections, place, types);
    const condition = selection.typeCondition;
    return (from, to, data) => {
      slots ??= place.slotsOf("__typename");
      const typename = data.typenameOf(slots, from);
      return typeof typename === "string" && !types.satisfies(typename, condition) ? true : fill(from, to, data);
    };
  }
  if (selection.kind === "FragmentSpread") throw new Error(`A plan requires the fragment "${selection.value}".`);
  const out = selection.alias ?? selection.name;
  // The planner (0.0.38) asks for a required field under a name of its own only at places where clients ask for it with
  // other arguments, but says of all places of a batch that it did.
  const keys = isNamedRequirement(selection.name) ? [selection.name] : [...new Set([selection.name, out])];
  const reads = keys.map((key) => compileRead(key, selection, { place, types }));
  return (from, to, data) => {
    for (const read of reads) {
      const value = read(from, data);
      if (value === undefined) continue;
      to[out] = value;
      return true;
    }
    return false;
  };
}

function compileRead(
  key: string,
  { selections }: Pick<FieldRequiresNode, "selections">,
  { place, types }: { readonly place: Place; readonly types: SupergraphTypes },
): (from: JsonObject, data: JoinedData) => unknown {
  let slots: readonly Slot[] | undefined;
  const nested = selections?.length ? compileSelections(selections, place.child(key), types) : undefined;
  return (from, data) => {
    slots ??= place.slotsOf(key);
    const found = key === "__typename" ? data.typenameOf(slots, from) : data.get(slots, from, key);
    return nested === undefined ? found : pick(found, nested, data);
  };
}

function pick(value: unknown, fill: Fill, data: JoinedData): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => pick(item, fill, data));
    return items.includes(undefined) ? undefined : items;
  }
  if (!isJsonObject(value)) return value;
  const picked: JsonObject = {};
  return fill(value, picked, data) ? picked : undefined;
}
