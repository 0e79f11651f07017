/** Validation of operations, once a document: the gateway hands over the same object each time the same plan runs. */
import { validate, type DocumentNode, type GraphQLError, type GraphQLSchema } from "graphql";

export type Validator = (document: DocumentNode) => readonly GraphQLError[];

export function createValidator(schema: GraphQLSchema): Validator {
  const known = new WeakMap<DocumentNode, readonly GraphQLError[]>();
  return (document) => {
    const errors = known.get(document) ?? validate(schema, document);
    known.set(document, errors);
    return errors;
  };
}
