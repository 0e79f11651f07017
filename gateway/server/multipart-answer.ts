/** Answers in parts over HTTP: multipart/mixed as Apollo's clients take it. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { IncrementalResult } from "../execution/execute-incremental.ts";
import type { ResultStream } from "../execution/result-stream.ts";

/** The version of the proposal that is spoken. */
const deferSpec = "20220824";
const contentType = `multipart/mixed; boundary="-"; deferSpec=${deferSpec}`;
const partHead = "content-type: application/json; charset=utf-8\r\n\r\n";

/**
 * Whether a client takes an answer in parts. One that names another version of the proposal does not; one that names none
 * reads this one.
 */
export function acceptsParts({ headers }: IncomingMessage): boolean {
  const { accept } = headers;
  if (accept?.includes("multipart/mixed") !== true) return false;
  return accept.split(",").some((type) => {
    const [name = "", ...parameters] = type.split(";").map((piece) => piece.trim());
    if (name.toLowerCase() !== "multipart/mixed") return false;
    const said = new Map(parameters.map(readParameter));
    return Number(said.get("q") ?? 1) > 0 && (said.get("deferspec") ?? deferSpec) === deferSpec;
  });
}

function readParameter(text: string): readonly [string, string] {
  const [name = "", value = ""] = text.split("=").map((piece) => piece.trim());
  return [name.toLowerCase(), value.replace(/^"(.*)"$/, "$1")];
}

/**
 * Sends the parts as they come; the next is asked for once the one before has left. Each ends with the boundary, so that the
 * client need not wait for the next to read it.
 */
export async function sendParts(response: ServerResponse, stream: ResultStream): Promise<void> {
  response.writeHead(200, {
    "content-type": contentType,
    // Proxies neither keep nor hold back what they pass on.
    "cache-control": "no-cache, no-transform",
    "x-accel-buffering": "no",
  });
  let start = "\r\n---\r\n";
  for await (const part of stream) {
    if (!response.writable) break;
    const { hasNext } = part as IncrementalResult;
    const text = `${start}${partHead}${JSON.stringify(part)}\r\n---${hasNext ? "" : "--"}\r\n`;
    await new Promise<void>((resolve) => response.write(text, () => resolve()));
    start = "";
  }
  response.end();
}
