/** Projection: the joined data becomes the client's answer, field by field as it asked, with null propagation by the law. */
import type { GraphQLSchema, OperationTypeNode, SelectionNode } from "graphql";
import type { SupergraphTypes } from "../supergraph-types.ts";
import { compileCompositeValue } from "./complete-value.ts";
import type { FieldError, JsonObject } from "./execution-state.ts";
import { ProjectionRun, propagated } from "./projection-run.ts";

/**
 * Answers a client's `data`; violations of non-null are added to `errors`, unless an error about the same place is there.
 * @see https://spec.graphql.org/October2021/#sec-Handling-Field-Errors
 */
export type Project = (data: Readonly<JsonObject>, errors: FieldError[]) => JsonObject | null;

export interface ProjectionSource {
  readonly schema: GraphQLSchema;
  readonly types: SupergraphTypes;
  readonly operationType: OperationTypeNode;
}

/** Compiles resolved selections against the API schema. */
export function compileProjection(source: ProjectionSource, selections: readonly SelectionNode[]): Project {
  const root = source.schema.getRootType(source.operationType);
  if (root == null) throw new Error(`The schema has no ${source.operationType} type.`);
  const complete = compileCompositeValue(root, selections, source);
  return (data, errors) => {
    const answer = complete(data, new ProjectionRun(errors));
    return answer === propagated ? null : (answer as JsonObject);
  };
}
