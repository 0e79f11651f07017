/** The error of a field that the client may not have. */
import { GraphQLError } from "graphql";

export const deniedCode = "UNAUTHORIZED_FIELD_OR_TYPE";
export const deniedMessage = "Unauthorized field or type";

/** So many fields of a refused operation are told. */
const maxTold = 20;

/** The errors of an operation that is refused whole. @param paths response keys joined by dots */
export function deniedErrors(paths: readonly string[]): readonly GraphQLError[] {
  return paths
    .slice(0, maxTold)
    .map((path) => new GraphQLError(`${deniedMessage}: ${path}`, { extensions: { code: deniedCode } }));
}
