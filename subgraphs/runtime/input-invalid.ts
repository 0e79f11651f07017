/** The refusal of an argument: says what is wrong and what would be right. */
import { GraphQLError } from "graphql";
import { errorCatalogue } from "../../schema/errors.ts";

/** An error with the code INPUT_INVALID. `remedy` names the accepted form. */
export function inputInvalid(message: string, remedy: string = errorCatalogue.INPUT_INVALID.remedy): GraphQLError {
  return new GraphQLError(message, { extensions: { code: "INPUT_INVALID", remedy } });
}
