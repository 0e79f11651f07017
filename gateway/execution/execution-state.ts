/** What one run of a plan holds: the data as it grows, the errors, and the cursor that all reads together include. */
import type { CursorVector } from "../../schema/cursor.ts";
import type { RequestContext } from "../subgraph-transport.ts";
import type { JoinedData } from "./joined-data.ts";

export type JsonObject = Record<string, unknown>;

/** A path in the answer; object keys are the plan's until errors are shown to the client. */
export type Path = readonly (string | number)[];

export interface FieldError {
  readonly message: string;
  readonly path?: Path | undefined;
  readonly extensions: Readonly<Record<string, unknown>>;
}

export interface ExecutionState {
  /** Grows as subgraphs answer. */
  readonly data: JoinedData;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly context: RequestContext;
  readonly signal: AbortSignal | undefined;
  /** Whether the operation is a mutation, whose reads come after its writes. */
  readonly writes: boolean;
  readonly errors: FieldError[];
  cursor: CursorVector | undefined;
}

/** One compiled part of a plan. It settles when its reads are merged; it never rejects for an error of a subgraph. */
export type Step = (state: ExecutionState) => Promise<void> | undefined;

/** Whether a value is a JSON object, not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
