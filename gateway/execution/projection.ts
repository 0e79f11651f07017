/** Projection: the joined data becomes the bytes of the client's answer, field by field as it asked, with null propagation by the law. */
import type { GraphQLSchema, OperationTypeNode, SelectionNode } from "graphql";
import type { SupergraphTypes } from "../supergraph-types.ts";
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
}

/** Compiles resolved selections against the API schema. */
export function compileProjection(source: ProjectionSource, selections: readonly SelectionNode[]): Project {
  const root = source.schema.getRootType(source.operationType);
  if (root == null) throw new Error(`The schema has no ${source.operationType} type.`);
  const write = compileCompositeValue(root, { selections, source, at: source.root });
  return (input) => {
    const { errors, out } = input;
    const start = out.at;
    const project = (withPaths: boolean): void => {
      out.at = start;
      if (write(input.data.root, new ProjectionRun(input, withPaths)) !== propagated) return;
      out.at = start;
      out.null();
    };
    if (errors.length > 0) return project(true);
    try {
      project(false);
    } catch (reason) {
      if (reason !== needsPaths) throw reason;
      project(true);
    }
  };
}
