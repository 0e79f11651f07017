/** What commands and the instance say to each other: one request, then lines of JSON until the result or an error. */
import { z } from "zod";
import { errorCatalogue, type ErrorCode } from "../../schema/errors.ts";
import type { OperationRequest, OperationUpdate } from "../operations/operation.ts";

export const operationsPath = "/operations";

/** The last line, in place of a result. */
export interface ControlError {
  readonly kind: "error";
  readonly code: ErrorCode;
  readonly message: string;
  readonly remedy: string;
}

/** Sent while an operation has nothing to tell, so that each side notices when the other is gone. */
export interface ControlPulse {
  readonly kind: "pulse";
}

export type ControlLine = OperationUpdate | ControlError | ControlPulse;

const count = z.int().min(0);

export const requestSchema: z.ZodType<OperationRequest> = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("ingest-file"),
    path: z.string(),
    source: z.string(),
    format: z.enum(["csv", "json"]).nullable(),
    complete: z.boolean(),
  }),
  z.object({ kind: z.literal("push"), source: z.string(), body: z.string(), contentType: z.string() }),
  z.object({
    kind: z.literal("generate"),
    events: count,
    seed: count,
    source: z.string().nullable(),
    rate: z.number().positive().nullable(),
  }),
  z.object({ kind: z.literal("replay"), model: z.string().nullable(), keep: z.boolean() }),
  z.object({ kind: z.literal("generations") }),
  z.object({ kind: z.literal("generation-serve"), generation: count }),
  z.object({ kind: z.literal("generation-drop"), generation: count }),
  z.object({ kind: z.literal("quarantine-list"), source: z.string().nullable(), limit: count }),
  z.object({ kind: z.literal("quarantine-show"), id: z.string() }),
  z.object({ kind: z.literal("status") }),
  z.object({ kind: z.literal("lag") }),
  z.object({ kind: z.literal("backup"), path: z.string() }),
]);

const errorCodes = Object.keys(errorCatalogue) as [ErrorCode, ...ErrorCode[]];

export const lineSchema: z.ZodType<ControlLine> = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("progress"),
    step: z.string(),
    unit: z.string(),
    done: z.number(),
    total: z.number().nullable(),
    bytes: z.object({ done: z.number(), total: z.number().nullable() }).optional(),
    note: z.string().optional(),
  }),
  z.object({ kind: z.literal("result"), result: z.unknown() }),
  z.object({ kind: z.literal("pulse") }),
  z.object({ kind: z.literal("error"), code: z.enum(errorCodes), message: z.string(), remedy: z.string() }),
]) as z.ZodType<ControlLine>;
