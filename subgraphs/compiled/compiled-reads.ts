/**
 * Compiled reads: an operation becomes functions that load records and put their values into plain objects, once for each
 * document. They know answers without errors. Whatever else an operation comes to is refused, and graphql-js gives that answer
 * over the same reads, so that there is one law for errors.
 */
import {
  getOperationAST,
  getVariableValues,
  Kind,
  OperationTypeNode,
  visit,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from "graphql";
import type { ExecutionContext } from "../runtime/execution-context.ts";
import type { ModelIndex } from "../runtime/model-index.ts";
import type { SelectionReader } from "../runtime/state-selection.ts";
import type { SubgraphRequest } from "../subgraph.ts";
import { writeObject } from "./compile-object.ts";
import type { ObjectWriter, OperationCompiler } from "./operation-compiler.ts";
import { ReadRun, type Container } from "./read-run.ts";

export interface CompiledReadsDeps {
  readonly schema: GraphQLSchema;
  readonly index: ModelIndex;
  readonly selectionOf: SelectionReader;
}

/**
 * The data of a valid query; undefined where graphql-js has to answer. Never rejects. `context` is for this run alone: graphql-js
 * needs one of its own.
 */
export type CompiledReads = (request: SubgraphRequest, context: ExecutionContext) => Promise<Container | undefined>;

/** One for each combination of what @skip and @include are told; of more, the last ones are not compiled. */
const MAX_VARIANTS = 16;

interface KnownOperation {
  /** Undefined: no query. */
  readonly operation: OperationDefinitionNode | undefined;
  readonly conditionNames: readonly string[];
  /** By the conditions' values; null: cannot be compiled. */
  readonly variants: Map<string, CompiledQuery | null>;
}

interface CompiledQuery {
  readonly write: ObjectWriter;
}

export function createCompiledReads(deps: CompiledReadsDeps): CompiledReads {
  const known = new WeakMap<DocumentNode, Map<string | undefined, KnownOperation>>();
  const operationOf = ({ document, operationName }: SubgraphRequest): KnownOperation => {
    const byName = known.get(document) ?? new Map<string | undefined, KnownOperation>();
    known.set(document, byName);
    const operation = byName.get(operationName) ?? readOperation(document, operationName);
    byName.set(operationName, operation);
    return operation;
  };

  return async (request, context) => {
    const { operation, conditionNames, variants } = operationOf(request);
    if (operation === undefined) return undefined;
    const { coerced } = getVariableValues(deps.schema, operation.variableDefinitions ?? [], request.variables, {
      maxErrors: 1,
    });
    if (coerced === undefined) return undefined;
    const bits = conditionNames.map((name) => (coerced[name] === true ? "1" : coerced[name] === false ? "0" : "?"));
    const variant = bits.join("");
    let query = variants.get(variant);
    if (query === undefined) {
      if (variant.includes("?") || variants.size >= MAX_VARIANTS) return undefined;
      const conditions = Object.fromEntries(conditionNames.map((name) => [name, coerced[name] === true]));
      query = compileQuery(deps, { document: request.document, operation, conditions });
      variants.set(variant, query);
    }
    return query === null ? undefined : new ReadRun(context, coerced).answer((run) => query.write(undefined, run));
  };
}

function readOperation(document: DocumentNode, name: string | undefined): KnownOperation {
  // graphql-js finds no operation by an empty name, and says so.
  const operation = name === "" ? null : getOperationAST(document, name);
  const isQuery = operation?.operation === OperationTypeNode.QUERY;
  return {
    operation: isQuery ? operation : undefined,
    conditionNames: isQuery ? conditionNames(document) : [],
    variants: new Map(),
  };
}

function conditionNames(document: DocumentNode): readonly string[] {
  const names = new Set<string>();
  visit(document, {
    Directive({ name, arguments: args = [] }) {
      if (name.value !== "skip" && name.value !== "include") return;
      for (const { value } of args) if (value.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names];
}

interface QueryText {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly conditions: Readonly<Record<string, boolean>>;
}

/** Null where something in it is not for compiled reads: an introspection, arguments that do not fit. */
function compileQuery(
  { schema, index, selectionOf }: CompiledReadsDeps,
  { document, operation, conditions }: QueryText,
): CompiledQuery | null {
  const fragments: Record<string, FragmentDefinitionNode> = {};
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments[node.name.value] = node;
  const type = schema.getQueryType();
  if (type == null) return null;
  let numbers = 0;
  const nextNumber = (): number => numbers++;
  try {
    const compiler: OperationCompiler = {
      ...{ schema, index, selectionOf, fragments, operation, conditions, nextNumber },
      writeObject: (objectType, sets) => writeObject(objectType, sets, compiler),
    };
    return { write: writeObject(type, [operation.selectionSet], compiler) };
  } catch {
    return null;
  }
}
