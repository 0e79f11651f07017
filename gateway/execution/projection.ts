/** Projection: the joined data becomes the bytes of the client's answer, field by field as it asked, with null propagation by the law. */
import type { FieldNode, GraphQLCompositeType, GraphQLSchema, OperationTypeNode, SelectionNode } from "graphql";
import type { SupergraphTypes } from "../supergraph-types.ts";
import type { JsonObject, Path } from "./execution-state.ts";
import type { Place } from "./place-tree.ts";
import { needsPaths, ProjectionRun, propagated, type ProjectionInput } from "./projection-run.ts";
import { compileCompositeValue } from "./write-value.ts";

/**
 * Writes a client's `data` as JSON; violations of non-null are added to `errors`, unless an error about the same place is there.
 * @see https://spec.graphql.org/October2021/#sec-Handling-Field-Errors
 */
export type Project = (input: ProjectionInput) => void;

export interface ProjectionSource {
  readonly schema: GraphQLSchema;
  readonly types: SupergraphTypes;
  readonly operationType: OperationTypeNode;
  readonly root: Place;
  /** Fields that the client may not have: null stands for them, with an error. */
  readonly denied: ReadonlySet<FieldNode>;
}

/** Compiles resolved selections against the API schema. */
export function compileProjection(source: ProjectionSource, selections: readonly SelectionNode[]): Project {
  const root = source.schema.getRootType(source.operationType);
  if (root == null) throw new Error(`The schema has no ${source.operationType} type.`);
  const project = compileObjectProjection(source, { type: root, selections, at: source.root });
  return (input) => project(input, { object: input.data.root, path: [] });
}

/** One object of the joined data, and where it is; keys are the plan's. */
export interface ObjectAt {
  readonly object: JsonObject;
  readonly path: Path;
}

/** Writes what is asked of one object; null where an error makes it that. */
export type ProjectObject = (input: ProjectionInput, of: ObjectAt) => void;

/** Compiles resolved selections on objects of a type that stand at one place. */
export function compileObjectProjection(
  source: ProjectionSource,
  {
    type,
    ...selected
  }: {
    readonly type: GraphQLCompositeType;
    readonly selections: readonly SelectionNode[];
    readonly at: Place;
  },
): ProjectObject {
  const write = compileCompositeValue(type, { ...selected, source });
  return (input, { object, path }) => {
    const { errors, out } = input;
    const start = out.at;
    const project = (withPaths: boolean): void => {
      out.at = start;
      if (write(object, new ProjectionRun(input, withPaths ? [...path] : null)) !== propagated) return;
      out.at = start;
      out.null();
    };
    if (errors.length > 0 || source.denied.size > 0) return project(true);
    try {
      project(false);
    } catch (reason) {
      if (reason !== needsPaths) throw reason;
      project(true);
    }
  };
}
