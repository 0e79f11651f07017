/** Projection: the joined data becomes the text of the client's answer, field by field as it asked, with null propagation by the law. */
import type { GraphQLSchema, OperationTypeNode, SelectionNode } from "graphql";
import type { SupergraphTypes } from "../supergraph-types.ts";
import type { FieldError } from "./execution-state.ts";
import type { JoinedData } from "./joined-data.ts";
import type { Place } from "./place-tree.ts";
import { needsPaths, ProjectionRun, propagated } from "./projection-run.ts";
import { compileCompositeValue } from "./write-value.ts";

/**
 * Writes a client's `data` as JSON; violations of non-null are added to `errors`, unless an error about the same place is there.
 * @see https://spec.graphql.org/October2021/#sec-Handling-Field-Errors
 */
export type Project = (data: JoinedData, errors: FieldError[]) => string;

export interface ProjectionSource {
  readonly schema: GraphQLSchema;
  readonly types: SupergraphTypes;
  readonly operationType: OperationTypeNode;
  readonly root: Place;
}

/** Compiles resolved selections against the API schema. */
export function compileProjection(source: ProjectionSource, selections: readonly SelectionNode[]): Project {
  const root = source.schema.getRootType(source.operationType);
  if (root == null) throw new Error(`The schema has no ${source.operationType} type.`);
  const write = compileCompositeValue(root, { selections, source, at: source.root });
  const project = (run: ProjectionRun): string => {
    const text = write(run.data.root, run);
    return text === propagated ? "null" : text;
  };
  return (data, errors) => {
    if (errors.length > 0) return project(new ProjectionRun(data, errors, true));
    try {
      return project(new ProjectionRun(data, errors, false));
    } catch (reason) {
      if (reason !== needsPaths) throw reason;
      return project(new ProjectionRun(data, errors, true));
    }
  };
}
