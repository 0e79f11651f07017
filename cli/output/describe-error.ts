/** Writes an error for a person, and for a program that asked for JSON. */
import { OnefoldError } from "../../schema/errors.ts";
import { UsageError } from "../exit-codes.ts";

/** What stands on stderr: what happened, then what to do. No stack: a fault's own goes in the log. */
export function describeError(error: unknown, invoked: string): string {
  if (error instanceof UsageError) return `onefold: ${error.message} See ${error.command ?? invoked} --help.`;
  if (error instanceof Error && error.name === "AbortError") return "onefold: interrupted";
  if (error instanceof OnefoldError) {
    const lead = error.message.includes("\n") ? error.message : `onefold: ${error.message}`;
    return `${lead}\n${error.message.includes("\n") ? "\n" : "  "}${error.remedy}`;
  }
  return `onefold: ${error instanceof Error ? error.message : String(error)}`;
}

/** What `--json` answers in place of a result. */
export function errorObject(error: unknown): object {
  if (error instanceof OnefoldError) {
    // Asked of its shape, so that this file, which every command loads, does not bring the compiler.
    const mistakes = "diagnostics" in error ? { mistakes: error.diagnostics } : {};
    return { error: { code: error.code, message: error.message, remedy: error.remedy, ...mistakes } };
  }
  const code =
    error instanceof UsageError
      ? "INPUT_INVALID"
      : error instanceof Error && error.name === "AbortError"
        ? "INTERRUPTED"
        : "INTERNAL";
  return { error: { code, message: error instanceof Error ? error.message : String(error) } };
}
