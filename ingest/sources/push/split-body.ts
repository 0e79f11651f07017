/** Splits a pushed body into events: bytes come in, the bytes of each event go out as they came, unread but delimited. */
import { OnefoldError } from "../../../schema/errors.ts";

const remedy =
  "Send a JSON array of objects, one JSON object, or NDJSON (one object a line, type application/x-ndjson).";
const maxEvents = 50_000;

/**
 * A JSON array gives its elements, a JSON object is one event, NDJSON gives its lines; which of them it is the content type
 * says (`application/x-ndjson`), else the body itself. Elements and lines may be bad events: that is for standardise.
 * @throws OnefoldError INPUT_INVALID if events cannot be told apart, INPUT_TOO_LARGE if there are more than 50,000
 */
export function splitBody(bytes: Buffer, contentType: string): readonly Buffer[] {
  const body = bytes.subarray(bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0);
  const events = isNdjson(contentType) ? splitLines(body) : splitJson(body);
  if (events.length > maxEvents) {
    throw new OnefoldError(
      "INPUT_TOO_LARGE",
      `The body holds ${events.length} events; at most ${maxEvents} are taken at once.`,
    );
  }
  return events;
}

function isNdjson(contentType: string): boolean {
  return /^application\/(x-ndjson|ndjson|jsonl|x-jsonlines|jsonlines)\b/i.test(contentType.trim());
}

function splitJson(body: Buffer): readonly Buffer[] {
  const first = body.find((byte) => !isSpace(byte));
  if (first === undefined) throw new OnefoldError("INPUT_INVALID", "The body is empty.", { remedy });
  if (first !== openBracket && first !== openBrace) {
    const shown = JSON.stringify(body.toString("utf8", 0, 40).trimStart());
    throw new OnefoldError(
      "INPUT_INVALID",
      `The body begins with ${shown}, which is neither a JSON array nor an object.`,
      {
        remedy,
      },
    );
  }
  const fault = jsonFault(body);
  if (fault === null) return first === openBracket ? splitArray(body) : [trimmed(body)];
  const lines = first === openBrace ? splitLines(body) : [];
  const [line, second] = lines;
  if (line !== undefined && second !== undefined && jsonFault(line) === null) return lines;
  throw new OnefoldError("INPUT_INVALID", `The body is not JSON: ${fault}. Nothing of it was taken.`, { remedy });
}

/** Bytes that are not UTF-8 are of no concern here: within strings they do not hide where an event ends. */
function jsonFault(body: Buffer): string | null {
  try {
    JSON.parse(body.toString("utf8"));
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Empty lines, and lines of blanks, are no events. */
function splitLines(body: Buffer): readonly Buffer[] {
  const lines: Buffer[] = [];
  for (let from = 0; from < body.length;) {
    const newline = body.indexOf(10, from);
    const to = newline === -1 ? body.length : newline;
    const line = trimmed(body.subarray(from, to));
    if (line.length > 0) lines.push(line);
    from = to + 1;
  }
  return lines;
}

const [openBracket, openBrace, closeBracket, closeBrace, comma, quote, backslash] = [91, 123, 93, 125, 44, 34, 92];

/** The elements of what is known to be a JSON array. No recursion: nesting may be as deep as the body is long. */
function splitArray(body: Buffer): readonly Buffer[] {
  const elements: Buffer[] = [];
  let depth = 0;
  let from = 0;
  const take = (to: number): void => {
    const element = trimmed(body.subarray(from, to));
    if (element.length > 0) elements.push(element);
    from = to + 1;
  };
  for (let at = 0; at < body.length; at++) {
    const byte = body[at];
    if (byte === quote) at = endOfString(body, at);
    else if (byte === openBracket || byte === openBrace) {
      if (++depth === 1) from = at + 1;
    } else if (byte === closeBracket || byte === closeBrace) {
      if (--depth === 0) take(at);
    } else if (byte === comma && depth === 1) take(at);
  }
  return elements;
}

function endOfString(body: Buffer, open: number): number {
  for (let at = open + 1; ; at++) {
    if (body[at] === backslash) at++;
    else if (body[at] === quote || at >= body.length) return at;
  }
}

function trimmed(bytes: Buffer): Buffer {
  let [from, to] = [0, bytes.length];
  while (from < to && isSpace(bytes[from])) from++;
  while (to > from && isSpace(bytes[to - 1])) to--;
  return bytes.subarray(from, to);
}

function isSpace(byte: number | undefined): boolean {
  return byte === 32 || byte === 10 || byte === 13 || byte === 9;
}
