/** The parameters of a GraphQL request over HTTP: out of a JSON body, or out of a URL's query. */

export interface RequestParameters {
  /** Undefined where another parameter names the document. */
  readonly query: string | undefined;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  readonly extensions: Readonly<Record<string, unknown>> | undefined;
}

/** What is wrong with a request that is not well formed, for the client. */
export interface Malformed {
  readonly malformed: string;
}

/** Reads a body's text. */
export function readBodyParameters(text: string): RequestParameters | Malformed {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { malformed: "The request body is not valid JSON." };
  }
  if (Array.isArray(body)) return { malformed: "One request carries one operation: batches are not taken." };
  if (!isRecord(body)) return { malformed: "The request body is no JSON object." };
  return check(body);
}

/** Reads a URL's query; each parameter counts once. */
export function readUrlParameters(search: URLSearchParams): RequestParameters | Malformed {
  const read: Record<string, unknown> = {};
  for (const name of ["query", "operationName", "variables", "extensions"]) {
    const [value, ...others] = search.getAll(name);
    if (others.length > 0) return { malformed: `The parameter "${name}" is there more than once.` };
    if (value === undefined) continue;
    const isText = name === "query" || name === "operationName";
    try {
      read[name] = isText ? value : JSON.parse(value);
    } catch {
      return { malformed: `The parameter "${name}" is not valid JSON.` };
    }
  }
  return check(read);
}

function check(given: Readonly<Record<string, unknown>>): RequestParameters | Malformed {
  const { query, operationName, variables, extensions } = given;
  if (!isTextOrNone(query)) return { malformed: "`query` must be a text." };
  if (!isTextOrNone(operationName)) return { malformed: "`operationName` must be a text." };
  if (!isRecordOrNone(variables)) return { malformed: "`variables` must be an object." };
  if (!isRecordOrNone(extensions)) return { malformed: "`extensions` must be an object." };
  return {
    query: query ?? undefined,
    operationName: operationName ?? undefined,
    variables: variables ?? undefined,
    extensions: extensions ?? undefined,
  };
}

function isTextOrNone(value: unknown): value is string | null | undefined {
  return value === undefined || value === null || typeof value === "string";
}

function isRecordOrNone(value: unknown): value is Record<string, unknown> | null | undefined {
  return value === undefined || value === null || isRecord(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
