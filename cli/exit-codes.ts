/** The exit codes of `onefold`: what each means, and which code an error ends with. The CLI's page is written from this. */
import { OnefoldError, type ErrorCode } from "../schema/errors.ts";

export const exitCodes = {
  ok: { code: 0, meaning: "Done." },
  failed: { code: 1, meaning: "It failed; the reason and what to do stand on stderr." },
  usage: { code: 2, meaning: "A flag, an argument or a setting is wrong; nothing was done." },
  declarations: {
    code: 3,
    meaning: "The declarations or the supergraph have mistakes, or do not fit together into one graph.",
  },
  busy: { code: 4, meaning: "The port is taken, or another process holds the data directory." },
  data: { code: 5, meaning: "The data directory is of another version or of other declarations, or is damaged." },
  interrupted: { code: 130, meaning: "Ended by Ctrl-C or SIGTERM before it was done." },
} as const satisfies Record<string, { readonly code: number; readonly meaning: string }>;

export type ExitName = keyof typeof exitCodes;

const byErrorCode: Partial<Record<ErrorCode, ExitName>> = {
  CONFIG_INVALID: "usage",
  SOURCE_UNKNOWN: "usage",
  DECLARATION_INVALID: "declarations",
  COMPOSITION_FAILED: "declarations",
  SUPERGRAPH_INVALID: "declarations",
  PORT_BUSY: "busy",
  STORE_LOCKED: "busy",
  STORE_FORMAT: "data",
  BACKUP_INVALID: "data",
  MODEL_CHANGED: "data",
  LOG_CORRUPT: "data",
  LOG_GAP: "data",
};

/** A wrong flag, argument or setting. `command` is the one whose help explains it: `onefold ingest file`. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly command: string | null;

  constructor(message: string, command: string | null = null) {
    super(message);
    this.command = command;
  }
}

/** The code that a command ends with when it throws `error`. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return exitCodes.usage.code;
  if (error instanceof Error && error.name === "AbortError") return exitCodes.interrupted.code;
  if (error instanceof OnefoldError) return exitCodes[byErrorCode[error.code] ?? "failed"].code;
  return exitCodes.failed.code;
}
