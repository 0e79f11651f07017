/** What an operation is answered with: its data are text already, and become values only for who asks for them. */
import type { ExecutionResult, GraphQLError } from "graphql";

const dataText = Symbol("data as JSON");

/** An execution result that was written by the engine holds the text of its `data`, too. */
export interface OperationAnswer extends ExecutionResult {
  readonly [dataText]?: string;
}

export interface AnswerParts {
  /** JSON. */
  readonly data: string;
  readonly errors: readonly GraphQLError[];
  readonly extensions: Readonly<Record<string, unknown>> | undefined;
}

export function createAnswer({ data, errors, extensions }: AnswerParts): OperationAnswer {
  let parsed: Record<string, unknown> | null | undefined;
  return {
    [dataText]: data,
    ...(errors.length > 0 && { errors }),
    get data() {
      return (parsed ??= JSON.parse(data) as Record<string, unknown> | null);
    },
    ...(extensions !== undefined && { extensions }),
  };
}

/** Whether there are data other than null; asks for no values. */
export function hasData(answer: OperationAnswer): boolean {
  const text = answer[dataText];
  return text === undefined ? answer.data !== undefined && answer.data !== null : text !== "null";
}

/** The whole answer as JSON; undefined for one that was not written by the engine. */
export function textOfAnswer(answer: OperationAnswer): string | undefined {
  const data = answer[dataText];
  if (data === undefined) return undefined;
  const errors = answer.errors === undefined ? "" : `"errors":${JSON.stringify(answer.errors)},`;
  const extensions = answer.extensions === undefined ? "" : `,"extensions":${JSON.stringify(answer.extensions)}`;
  return `{${errors}"data":${data}${extensions}}`;
}
