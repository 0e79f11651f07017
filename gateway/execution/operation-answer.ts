/** What an operation is answered with: its data are JSON already, and become values only for who asks for them. */
import type { ExecutionResult, GraphQLError } from "graphql";

const written = Symbol("written answer");

/** An execution result that was written by the engine holds the bytes of its `data`, too. */
export interface OperationAnswer extends ExecutionResult {
  readonly [written]?: WrittenAnswer;
}

interface WrittenAnswer {
  /** `{"data":…}` */
  readonly bytes: Buffer;
}

/** Put before and behind an answer's data, they make the whole of one without errors. */
export const answerStart = Buffer.from('{"data":');
export const answerEnd = Buffer.from("}");

export interface AnswerParts {
  /** The data as JSON, between `answerStart` and `answerEnd`. */
  readonly bytes: Buffer;
  readonly errors: readonly GraphQLError[];
  readonly extensions: Readonly<Record<string, unknown>> | undefined;
}

export function createAnswer({ bytes, errors, extensions }: AnswerParts): OperationAnswer {
  let parsed: { readonly data: Record<string, unknown> | null } | undefined;
  return {
    [written]: { bytes },
    ...(errors.length > 0 && { errors }),
    get data() {
      parsed ??= JSON.parse(bytes.toString("utf8")) as { readonly data: Record<string, unknown> | null };
      return parsed.data;
    },
    ...(extensions !== undefined && { extensions }),
  };
}

/** Whether there are data other than null; asks for no values. */
export function hasData(answer: OperationAnswer): boolean {
  const bytes = answer[written]?.bytes;
  return bytes === undefined ? answer.data !== undefined && answer.data !== null : bytes[answerStart.length] !== 0x6e;
}

/** Bytes of its data as JSON; 0 for an answer that was not written by the engine. */
export function writtenBytes(answer: OperationAnswer): number {
  return answer[written]?.bytes.length ?? 0;
}

/** `{"data":…}` of an answer that the engine wrote, where the data are an object; else undefined. */
export function writtenData(answer: OperationAnswer): Buffer | undefined {
  return hasData(answer) ? answer[written]?.bytes : undefined;
}

/** The whole answer as JSON; undefined for one that was not written by the engine. */
export function bytesOfAnswer(answer: OperationAnswer): Buffer | undefined {
  const bytes = answer[written]?.bytes;
  const { errors, extensions } = answer;
  if (bytes === undefined || (errors === undefined && extensions === undefined)) return bytes;
  const data = bytes.subarray(1, -answerEnd.length);
  return Buffer.concat([
    Buffer.from(errors === undefined ? "{" : `{"errors":${JSON.stringify(errors)},`),
    data,
    Buffer.from(extensions === undefined ? "}" : `,"extensions":${JSON.stringify(extensions)}}`),
  ]);
}

const texts = new WeakMap<ExecutionResult, string>();

/** The whole of any answer as JSON. It is made once: those to whom one answer is sent are sent one text. */
export function textOfAnswer(answer: OperationAnswer): string {
  const known = texts.get(answer);
  if (known !== undefined) return known;
  const text = bytesOfAnswer(answer)?.toString("utf8") ?? JSON.stringify(answer);
  texts.set(answer, text);
  return text;
}
