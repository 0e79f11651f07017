/** The error of an operation that costs too much, or whose cost cannot be told. */
import { GraphQLError } from "graphql";

const costCode = "COST_LIMIT";

/** In `extensions` of an answer, and of the error of one that is refused. */
export interface EstimatedCost {
  readonly estimated: number;
  /** Absent: there is no limit. */
  readonly max?: number;
}

export function costError(message: string, cost?: EstimatedCost): GraphQLError {
  return new GraphQLError(message, { extensions: { code: costCode, ...(cost !== undefined && { cost }) } });
}

export function isCostError(error: unknown): error is GraphQLError {
  return error instanceof GraphQLError && error.extensions["code"] === costCode;
}
