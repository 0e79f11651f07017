/** Value completion, compiled: one closure for each place in an operation, by the type that the API schema gives it, which writes JSON. */
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
import { isJsonObject } from "./execution-state.ts";
import type { Place, Slot } from "./place-tree.ts";
import type { ProjectionSource } from "./projection.ts";
import { nothing, propagated, something, type ProjectionRun, type Write } from "./projection-run.ts";
import { writeObject, type WrittenField } from "./write-object.ts";

interface Composite {
  readonly selections: readonly SelectionNode[];
  readonly source: ProjectionSource;
  /** Where the value stands in the joined data. */
  readonly at: Place;
}

interface Position extends Composite {
  /** The type and field that a null is reported for. */
  readonly parent: string;
  readonly field: string;
}

/** A position of any type: here a propagated null stops if the type allows null, and goes on up if it does not. */
function compilePosition(type: GraphQLOutputType, position: Position): Write {
  if (isNonNullType(type)) {
    const write = compileNullable(type.ofType, position);
    return (value, run) => {
      const written = write(value, run);
      if (written !== nothing) return written;
      run.reportNull(position.parent, position.field);
      return propagated;
    };
  }
  const write = compileNullable(type, position);
  return (value, run) => {
    const start = run.out.at;
    const written = write(value, run);
    if (written !== propagated) return written;
    run.out.at = start;
    return writeNull(run);
  };
}

function compileNullable(type: GraphQLOutputType, position: Position): Write {
  if (isNonNullType(type)) return compilePosition(type, position);
  if (isListType(type)) return compileList(compilePosition(type.ofType, position), position);
  if (isLeafType(type)) return isEnumType(type) ? compileEnum(type.name, (value) => type.getValue(value)) : writeScalar;
  return compileCompositeValue(type, position);
}

/** In place of a field that the client may not have, whatever the data hold there. */
const deny: Write = (_value, run) => {
  run.reportDenied();
  return writeNull(run);
};

const denyRequired: Write = (_value, run) => {
  run.reportDenied();
  return propagated;
};

function writeNull(run: ProjectionRun): typeof nothing {
  run.out.null();
  return nothing;
}

const writeScalar: Write = (value, run) => {
  run.out.scalar(value);
  return value === undefined || value === null ? nothing : something;
};

/** An enum value that clients may not see is as good as none. */
function compileEnum(name: string, valueOf: (value: string) => unknown): Write {
  return (value, run) => {
    if (value === undefined || value === null) return writeNull(run);
    if (typeof value === "string" && valueOf(value) != null) return writeScalar(value, run);
    run.reportValue(`Enum "${name}" cannot represent the value that a subgraph gave.`);
    return propagated;
  };
}

function compileList(writeItem: Write, position: Position): Write {
  return (value, run) => {
    if (value === undefined || value === null) return writeNull(run);
    if (!Array.isArray(value)) {
      run.reportValue(`Expected a list for ${position.parent}.${position.field}.`);
      return propagated;
    }
    const { path, out } = run;
    let isPropagated = false;
    out.openList();
    for (let index = 0; index < value.length; index++) {
      if (index > 0) out.comma();
      path?.push(index);
      if (writeItem(value[index], run) === propagated) isPropagated = true;
      path?.pop();
    }
    out.closeList();
    return isPropagated ? propagated : something;
  };
}

/** A value of object type, or of an abstract type, whose object types are compiled when first met. */
export function compileCompositeValue(type: GraphQLCompositeType, composite: Composite): Write {
  if (isObjectType(type)) return compileObject(type, composite);
  const byTypename = new Map<string, Write>();
  let slots: readonly Slot[] | undefined;
  return (value, run) => {
    if (!isJsonObject(value)) return writeNull(run);
    slots ??= composite.at.slotsOf("__typename");
    const said = run.data.typenameOf(slots, value);
    const typename = typeof said === "string" ? said : type.name;
    let write = byTypename.get(typename);
    if (write === undefined) {
      write = compileObjectOf(type, typename, composite);
      byTypename.set(typename, write);
    }
    return write(value, run);
  };
}

/** How to write an object in an abstract position that says it is of type `typename`. */
function compileObjectOf(type: GraphQLAbstractType, typename: string, composite: Composite): Write {
  const { schema } = composite.source;
  const concrete = schema.getType(typename);
  if (isObjectType(concrete) && schema.isSubType(type, concrete)) return compileObject(concrete, composite);
  // The plan needed no object type here: the selection is the same for all, or a subgraph knows the interface only.
  if (isAbstractType(concrete)) return compileObject(type, composite);
  return (_value, run) => writeNull(run);
}

function compileObject(type: GraphQLCompositeType, composite: Composite): Write {
  const fields: WrittenField[] = [];
  for (const nodes of collectFields(composite.source.schema, type, composite.selections).values()) {
    const field = compileField(type, nodes, composite);
    if (field !== undefined) fields.push(field);
  }
  return writeObject(fields, composite.at);
}

function compileField(
  type: GraphQLCompositeType,
  nodes: readonly FieldNode[],
  { source, at }: Composite,
): WrittenField | undefined {
  const [node] = nodes;
  if (node === undefined) return undefined;
  const key = clientKey(node);
  const field = node.name.value;
  if (field === "__typename") {
    if (!isObjectType(type)) return { key, source: "__typename", write: writeScalar };
    return { key, source: "__typename", write: (_value, run) => writeScalar(type.name, run) };
  }
  if (isRootMeta(field)) return { key, source: introspectionKey(key), write: writeScalar };
  if (isUnionType(type)) return undefined;
  const fieldType = type.getFields()[field]?.type;
  if (fieldType === undefined) return undefined;
  const sourceKey = planKey(node, source.types);
  // Where another selection of the same field is allowed, the field is there; what is denied of it is so below.
  if (nodes.every((same) => source.denied.has(same))) {
    return { key, source: sourceKey, write: isNonNullType(fieldType) ? denyRequired : deny };
  }
  const selections = nodes.flatMap((same) => same.selectionSet?.selections ?? []);
  const position = { parent: type.name, field, selections, source, at: at.child(sourceKey) };
  return { key, source: sourceKey, write: compilePosition(fieldType, position) };
}
