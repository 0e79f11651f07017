/** Representations: what a subgraph is told about an entity, built from the data by the plan's `requires`. */
import type { RequiresSelection } from "@graphql-hive/router-query-planner";
import type { SupergraphTypes } from "../supergraph-types.ts";
import { isJsonObject, type JsonObject } from "./execution-state.ts";

/** Builds an entity's representation, or undefined if the data lacks something that is required. */
export type BuildRepresentation = (entity: JsonObject) => JsonObject | undefined;

/** Adds to a representation; false means that something required is missing. */
type Fill = (from: JsonObject, to: JsonObject) => boolean;

export function compileRepresentation(
  requires: readonly RequiresSelection[],
  types: SupergraphTypes,
): BuildRepresentation {
  const fill = compileSelections(requires, types);
  return (entity) => {
    const representation: JsonObject = {};
    if (!fill(entity, representation)) return undefined;
    // Without a key field nothing identifies the entity: no type condition applied to it.
    for (const key in representation) if (key !== "__typename") return withTypename(representation, entity);
    return undefined;
  };
}

function withTypename(representation: JsonObject, entity: JsonObject): JsonObject | undefined {
  representation["__typename"] ??= entity["__typename"];
  return typeof representation["__typename"] === "string" ? representation : undefined;
}

function compileSelections(selections: readonly RequiresSelection[], types: SupergraphTypes): Fill {
  const fills = selections.map((selection) => compileSelection(selection, types));
  return (from, to) => fills.every((fill) => fill(from, to));
}

function compileSelection(selection: RequiresSelection, types: SupergraphTypes): Fill {
  if (selection.kind === "InlineFragment") {
    const fill = compileSelections(selection.selections, types);
    const condition = selection.typeCondition;
    return (from, to) => {
      const typename = from["__typename"];
      return typeof typename === "string" && !types.satisfies(typename, condition) ? true : fill(from, to);
    };
  }
  if (selection.kind === "FragmentSpread") throw new Error(`A plan requires the fragment "${selection.value}".`);
  const key = selection.name;
  const out = selection.alias ?? key;
  const nested = selection.selections?.length ? compileSelections(selection.selections, types) : undefined;
  return (from, to) => {
    const value = nested === undefined ? from[key] : pick(from[key], nested);
    if (value === undefined) return false;
    to[out] = value;
    return true;
  };
}

function pick(value: unknown, fill: Fill): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => pick(item, fill));
    return items.includes(undefined) ? undefined : items;
  }
  if (!isJsonObject(value)) return value;
  const picked: JsonObject = {};
  return fill(value, picked) ? picked : undefined;
}
