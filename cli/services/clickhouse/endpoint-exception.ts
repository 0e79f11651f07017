/** An error as ClickHouse's HTTP interface tells it: a numbered exception, and the status that goes with the number. */

/** What the interface itself refuses. Errors of the engine come with such a text of their own. */
export class EndpointException extends Error {
  override readonly name = "EndpointException";

  constructor(code: number, type: string, message: string) {
    super(`Code: ${code}. DB::Exception: ${message} (${type})`);
  }
}

/** The statuses of ClickHouse's `exceptionCodeToHTTPStatus`, by exception code; all others are 500. */
const statuses: readonly (readonly [status: number, codes: readonly number[]])[] = [
  // REQUIRED_PASSWORD
  [401, [194]],
  // UNKNOWN_USER, WRONG_PASSWORD, ACCESS_DENIED, SET_NON_GRANTED_ROLE, AUTHENTICATION_FAILED
  [403, [192, 193, 497, 512, 516]],
  // Text and data that cannot be parsed, columns and types that do not fit, trees that are too large
  [400, [6, 8, 15, 25, 26, 27, 36, 37, 38, 41, 44, 53, 62, 72, 117, 123, 167, 168, 223, 321, 376, 427, 441, 675, 676]],
  // Functions, identifiers, types, storages, tables, formats, databases, settings and roles that are not known
  [404, [46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 511]],
  // QUERY_IS_TOO_LARGE
  [413, [229]],
  // NOT_IMPLEMENTED
  [501, [48]],
  // SOCKET_TIMEOUT, CANNOT_OPEN_FILE, CANNOT_SCHEDULE_TASK
  [503, [76, 209, 439]],
  // TIMEOUT_EXCEEDED
  [408, [159]],
  // UNSUPPORTED_MEDIA_TYPE
  [415, [779]],
];

const statusOf = new Map(statuses.flatMap(([status, codes]) => codes.map((code) => [code, status] as const)));

/** The server's version, as its messages end with it. */
const suffix = "(version 26.7.2.1 (chdb))";

export interface ToldException {
  readonly code: number;
  readonly status: number;
  readonly text: string;
}

export function toldException(error: unknown): ToldException {
  const message = error instanceof Error ? error.message : String(error);
  const found = /^Code: (\d+)\./.exec(message)?.[1];
  // 1001 is STD_EXCEPTION: what ClickHouse has no number for.
  const code = found === undefined ? 1001 : Number(found);
  const text = found === undefined ? `Code: 1001. DB::Exception: ${message} (STD_EXCEPTION)` : message;
  return { code, status: statusOf.get(code) ?? 500, text: `${text.trimEnd()} ${suffix}\n` };
}
