/** An object's fields, compiled: each puts its value into the answer's object, in the order of the selection. */
import {
  defaultFieldResolver,
  type FieldNode,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type SelectionSetNode,
} from "graphql";
import type { EntityLink } from "../runtime/entity-link.ts";
import type { ExecutionContext } from "../runtime/execution-context.ts";
import { collectFields } from "./collect-fields.ts";
import { compileArguments } from "./compile-arguments.ts";
import { compileEntities } from "./compile-entities.ts";
import { compileLink } from "./compile-link.ts";
import { compileValue, isPromise } from "./compile-value.ts";
import type { ObjectWriter, OperationCompiler } from "./operation-compiler.ts";
import { Refused, type Container, type ReadRun, type WriteField } from "./read-run.ts";

/** Is `OperationCompiler.writeObject`. @throws Refused for what only graphql-js can answer */
export function writeObject(
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
  compiler: OperationCompiler,
): ObjectWriter {
  if (type.isTypeOf != null) throw new Refused();
  const fields = [...collectFields(compiler, type, sets)].map(([at, nodes]) => {
    // It would be the prototype of the answer's object.
    if (at === "__proto__") throw new Refused();
    return { at, write: compileField(type, nodes, compiler) };
  });
  return (parent, run) => {
    const out: Container = {};
    for (const { at, write } of fields) write(parent, run, { out, at });
    return out;
  };
}

function compileField(type: GraphQLObjectType, nodes: readonly FieldNode[], compiler: OperationCompiler): WriteField {
  const [node] = nodes;
  const name = node?.name.value ?? "";
  if (name === "__typename") return (_parent, _run, { out, at }) => void (out[at] = type.name);
  const field = type.getFields()[name];
  if (node === undefined || field === undefined) throw new Refused();
  const args = compileArguments(field, node, compiler.nextNumber);
  if (name === "_entities" && type === compiler.schema.getQueryType()) {
    return compileEntities(field, nodes, { args, compiler });
  }
  const complete = compileValue(field.type, nodes, compiler);
  const { resolve = defaultFieldResolver } = field;
  if ("link" in resolve) {
    const link = resolve.link as EntityLink;
    const load = compileLink(link, nodes, { complete, compiler });
    return (parent, run, place) => {
      const key = link.keyOf(parent, args(run), run.context);
      if (key === null) complete(null, run, place);
      else run.load(load, key, place);
    };
  }
  const read = compileResolver(resolve, { type, field, nodes, compiler });
  return (parent, run, place) => {
    const value = read(parent, args(run), run);
    if (isPromise(value)) run.wait(value, complete, place);
    else complete(value, run, place);
  };
}

type ReadValue = (parent: unknown, args: Readonly<Record<string, unknown>>, run: ReadRun) => unknown;

interface ResolvedField {
  readonly type: GraphQLObjectType;
  readonly field: GraphQLField<unknown, unknown>;
  readonly nodes: readonly FieldNode[];
  readonly compiler: OperationCompiler;
}

function compileResolver(resolve: GraphQLFieldResolver<unknown, ExecutionContext>, resolved: ResolvedField): ReadValue {
  const { name } = resolved.field;
  if (resolve === defaultFieldResolver) {
    return (parent, args, run) => {
      if (typeof parent !== "object" || parent === null) return undefined;
      const value = (parent as Container)[name];
      return typeof value === "function"
        ? defaultFieldResolver(parent, args, run.context, infoOf(resolved, run))
        : value;
    };
  }
  // Those by hand take four parameters, generated ones no more than they use.
  if (resolve.length < 4) {
    const generated = resolve as unknown as (parent: unknown, args: unknown, context: ExecutionContext) => unknown;
    return (parent, args, run) => generated(parent, args, run.context);
  }
  return (parent, args, run) => resolve(parent, args, run.context, infoOf(resolved, run));
}

/** Generated resolvers do not look at it. For one that wants to know its path, graphql-js has to run. */
function infoOf({ type, field, nodes, compiler }: ResolvedField, run: ReadRun): GraphQLResolveInfo {
  const { schema, fragments, operation } = compiler;
  return {
    fieldName: field.name,
    fieldNodes: nodes,
    returnType: field.type,
    parentType: type,
    schema,
    fragments,
    rootValue: undefined,
    operation,
    variableValues: { ...run.variables },
    get path(): never {
      run.refuse();
      throw new Refused();
    },
  };
}
