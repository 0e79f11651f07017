/** Reads the system's code of an error: `ENOENT`. */

export function systemErrorCode(error: unknown): string | null {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : null;
}
