/** What the parts of one operation's compilation share. */
import type { GraphQLObjectType, OperationDefinitionNode, SelectionSetNode } from "graphql";
import type { ModelIndex } from "../runtime/model-index.ts";
import type { SelectionReader } from "../runtime/state-selection.ts";
import type { FieldSource } from "./collect-fields.ts";
import type { Container, ReadRun } from "./read-run.ts";

/** Makes the answer's object out of a value. */
export type ObjectWriter = (parent: unknown, run: ReadRun) => Container;

export interface OperationCompiler extends FieldSource {
  readonly operation: OperationDefinitionNode;
  readonly index: ModelIndex;
  readonly selectionOf: SelectionReader;
  /** Numbers the fields whose arguments each run reads. */
  readonly nextNumber: () => number;
  /** Compiles the selections of an object. @throws Refused for what only graphql-js can answer */
  writeObject(type: GraphQLObjectType, sets: readonly SelectionSetNode[]): ObjectWriter;
}
