/** CompleteValue of the specification, compiled by type: leaves are serialised, lists and objects gone through. */
import {
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type FieldNode,
  type GraphQLAbstractType,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type SelectionSetNode,
} from "graphql";
import type { ObjectWriter, OperationCompiler } from "./operation-compiler.ts";
import { Refused, type Complete, type Container, type Place } from "./read-run.ts";

/** `nodes`: all that select the field; their selections are one. */
export function compileValue(
  type: GraphQLOutputType,
  nodes: readonly FieldNode[],
  compiler: OperationCompiler,
): Complete {
  const complete = compileNullable(isNonNullType(type) ? type.ofType : type, nodes, compiler);
  const mayBeNull = !isNonNullType(type);
  return (value, run, place) => {
    if (value !== null && value !== undefined) complete(value, run, place);
    else if (mayBeNull) place.out[place.at] = null;
    else throw new Refused();
  };
}

function compileNullable(type: GraphQLOutputType, nodes: readonly FieldNode[], compiler: OperationCompiler): Complete {
  if (isLeafType(type)) return completeLeaf(type);
  if (isListType(type)) return completeList(compileValue(type.ofType, nodes, compiler));
  const sets = nodes.map(({ selectionSet }) => selectionSet).filter((set) => set !== undefined);
  if (isObjectType(type)) return completeObject(compiler.writeObject(type, sets));
  if (isAbstractType(type)) return completeAbstract(type, sets, compiler);
  throw new Refused();
}

function completeLeaf(type: GraphQLLeafType): Complete {
  return (value, _run, { out, at }) => {
    const written: unknown = type.serialize(value);
    if (written === null || written === undefined) throw new Refused();
    out[at] = written;
  };
}

function completeList(completeItem: Complete): Complete {
  return (value, run, { out, at }) => {
    if (!Array.isArray(value)) throw new Refused();
    const list: unknown[] = [];
    out[at] = list;
    for (let i = 0; i < value.length; i++) {
      const item: unknown = value[i];
      const place: Place = { out: list as unknown as Container, at: i };
      if (isPromise(item)) run.wait(item, completeItem, place);
      else completeItem(item, run, place);
    }
  };
}

function completeObject(write: ObjectWriter): Complete {
  return (value, run, { out, at }) => {
    if (value instanceof Error) throw new Refused();
    out[at] = write(value, run);
  };
}

/** By the type that the value says it has; each is compiled when it is first met. */
function completeAbstract(
  type: GraphQLAbstractType,
  sets: readonly SelectionSetNode[],
  compiler: OperationCompiler,
): Complete {
  const byName = new Map<string, ObjectWriter>();
  const compile = (name: string): ObjectWriter => {
    const write = compiler.writeObject(possibleType(type, name, compiler), sets);
    byName.set(name, write);
    return write;
  };
  return (value, run, { out, at }) => {
    const name = typeof value === "object" && value !== null && "__typename" in value ? value.__typename : undefined;
    if (typeof name !== "string" || value instanceof Error) throw new Refused();
    out[at] = (byName.get(name) ?? compile(name))(value, run);
  };
}

function possibleType(type: GraphQLAbstractType, name: string, { schema }: OperationCompiler): GraphQLObjectType {
  const possible = schema.getType(name);
  if (isObjectType(possible) && schema.isSubType(type, possible)) return possible;
  throw new Refused();
}

export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
