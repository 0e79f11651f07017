/** What is logged about running, as plain data with stable names: it also travels from thread to thread. */
import { OnefoldError } from "../../schema/errors.ts";

/** The values of the field `event`, by which logs are searched. */
export const logEventNames = [
  "ingest.running",
  "ingest.fault",
  "ingest.slow_stage",
  "ingest.thread_ended",
  "generation.building",
  "generation.switched",
  "store.unavailable",
  "store.available",
  "gateway.slow_operation",
] as const;

export type LogEventName = (typeof logEventNames)[number];

export interface LogEvent {
  readonly level: "info" | "warn" | "error";
  readonly event: LogEventName;
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number | null | readonly (string | object)[]>>;
}

export type WriteLogEvent = (event: LogEvent) => void;

interface Logger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** Writes events as log lines whose field `event` is the name. */
export function createEventWriter(logger: Logger): WriteLogEvent {
  return ({ level, event, fields, message }) => logger[level]({ event, ...fields }, message);
}

/** `code` and `error` of a fault: its message, and no stack. */
export function faultFields(fault: unknown): { readonly code: string; readonly error: string } {
  return {
    code: fault instanceof OnefoldError ? fault.code : "UNKNOWN",
    error: fault instanceof Error ? fault.message : String(fault),
  };
}
