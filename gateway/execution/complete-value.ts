/** Value completion, compiled: one closure for each place in an operation, by the type that the API schema gives it. */
import {
  isAbstractType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  type FieldNode,
  type GraphQLAbstractType,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type SelectionNode,
} from "graphql";
import { clientKey, introspectionKey, isRootMeta, planKey } from "../planning/response-key.ts";
import { collectFields } from "./collect-fields.ts";
import { isJsonObject, type JsonObject } from "./execution-state.ts";
import { propagated, type ProjectionRun } from "./projection-run.ts";
import type { ProjectionSource } from "./projection.ts";

/** Completes a value: null for null, `propagated` for one that an error made null. */
export type Complete = (value: unknown, run: ProjectionRun) => unknown;

interface Place {
  /** The type and field that a null is reported for. */
  readonly parent: string;
  readonly field: string;
  readonly selections: readonly SelectionNode[];
  readonly source: ProjectionSource;
}

/** A position of any type: here a propagated null stops if the type allows null, and goes on up if it does not. */
function compilePosition(type: GraphQLOutputType, place: Place): Complete {
  if (isNonNullType(type)) {
    const complete = compileNullable(type.ofType, place);
    return (value, run) => {
      const completed = complete(value, run);
      if (completed !== null) return completed;
      run.reportNull(place.parent, place.field);
      return propagated;
    };
  }
  const complete = compileNullable(type, place);
  return (value, run) => {
    const completed = complete(value, run);
    return completed === propagated ? null : completed;
  };
}

function compileNullable(type: GraphQLOutputType, place: Place): Complete {
  if (isNonNullType(type)) return compilePosition(type, place);
  if (isListType(type)) return compileList(compilePosition(type.ofType, place), place);
  if (isLeafType(type))
    return isEnumType(type) ? compileEnum(type.name, (value) => type.getValue(value)) : completeScalar;
  return compileCompositeValue(type, place.selections, place.source);
}

const completeScalar: Complete = (value) => value ?? null;

/** An enum value that clients may not see is as good as none. */
function compileEnum(name: string, valueOf: (value: string) => unknown): Complete {
  return (value, run) => {
    if (value === undefined || value === null) return null;
    if (typeof value === "string" && valueOf(value) != null) return value;
    run.reportValue(`Enum "${name}" cannot represent the value that a subgraph gave.`);
    return propagated;
  };
}

function compileList(completeItem: Complete, place: Place): Complete {
  return (value, run) => {
    if (value === undefined || value === null) return null;
    if (!Array.isArray(value)) {
      run.reportValue(`Expected a list for ${place.parent}.${place.field}.`);
      return propagated;
    }
    const items = new Array<unknown>(value.length);
    let isPropagated = false;
    for (let index = 0; index < value.length; index++) {
      run.path.push(index);
      items[index] = completeItem(value[index], run);
      run.path.pop();
      if (items[index] === propagated) isPropagated = true;
    }
    return isPropagated ? propagated : items;
  };
}

/** A value of object type, or of an abstract type, whose object types are compiled when first met. */
export function compileCompositeValue(
  type: GraphQLCompositeType,
  selections: readonly SelectionNode[],
  source: ProjectionSource,
): Complete {
  const place = { selections, source };
  if (isObjectType(type)) return compileObject(type, place);
  const byTypename = new Map<string, Complete>();
  return (value, run) => {
    if (!isJsonObject(value)) return null;
    const said = value["__typename"];
    const typename = typeof said === "string" ? said : type.name;
    let complete = byTypename.get(typename);
    if (complete === undefined) {
      complete = compileObjectOf(type, typename, place);
      byTypename.set(typename, complete);
    }
    return complete(value, run);
  };
}

/** How to complete an object in an abstract position that says it is of type `typename`. */
function compileObjectOf(
  type: GraphQLAbstractType,
  typename: string,
  place: Pick<Place, "selections" | "source">,
): Complete {
  const { schema } = place.source;
  const concrete = schema.getType(typename);
  if (isObjectType(concrete) && schema.isSubType(type, concrete)) return compileObject(concrete, place);
  // The plan needed no object type here: the selection is the same for all, or a subgraph knows the interface only.
  if (isAbstractType(concrete)) return compileObject(type, place);
  return () => null;
}

interface CompiledField {
  /** The key in the client's answer. */
  readonly key: string;
  /** The key in the joined data. */
  readonly source: string;
  readonly complete: Complete;
}

function compileObject(type: GraphQLCompositeType, place: Pick<Place, "selections" | "source">): Complete {
  const fields: CompiledField[] = [];
  for (const nodes of collectFields(place.source.schema, type, place.selections).values()) {
    const field = compileField(type, nodes, place.source);
    if (field !== undefined) fields.push(field);
  }
  return (value, run) => {
    if (!isJsonObject(value)) return null;
    const answer: JsonObject = {};
    let isPropagated = false;
    for (const field of fields) {
      run.path.push(field.source);
      const completed = field.complete(value[field.source], run);
      run.path.pop();
      if (completed === propagated) isPropagated = true;
      else answer[field.key] = completed;
    }
    return isPropagated ? propagated : answer;
  };
}

function compileField(
  type: GraphQLCompositeType,
  nodes: readonly FieldNode[],
  source: ProjectionSource,
): CompiledField | undefined {
  const [node] = nodes;
  if (node === undefined) return undefined;
  const key = clientKey(node);
  const field = node.name.value;
  if (field === "__typename") {
    const typename = isObjectType(type) ? type.name : undefined;
    return { key, source: "__typename", complete: typename === undefined ? completeScalar : () => typename };
  }
  if (isRootMeta(field)) return { key, source: introspectionKey(key), complete: completeScalar };
  if (isUnionType(type)) return undefined;
  const fieldType = type.getFields()[field]?.type;
  if (fieldType === undefined) return undefined;
  const selections = nodes.flatMap((same) => same.selectionSet?.selections ?? []);
  const place = { parent: type.name, field, selections, source };
  return { key, source: planKey(node, source.types), complete: compilePosition(fieldType, place) };
}
