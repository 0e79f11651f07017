/** Sending of whole answers: compressed where the client takes it and it is worth it. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

type Compress = (body: string | Buffer) => Promise<Buffer>;

const brotliAsync = promisify(brotliCompress);
const gzipAsync = promisify(gzip);

/** Answers are made anew each time, so the codings are set to be fast, not small. */
const brotliOptions = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };
const gzipOptions = { level: 5 };

/** In the order that is taken where the client has no preference. */
const codings: ReadonlyMap<string, Compress> = new Map([
  ["br", (body: string | Buffer) => brotliAsync(body, brotliOptions)],
  ["gzip", (body: string | Buffer) => gzipAsync(body, gzipOptions)],
]);

/**
 * Sends a body with its length; status and other headers are set before.
 * @param compressFromBytes the size from which it is compressed
 */
export async function sendBody(
  request: IncomingMessage,
  response: ServerResponse,
  { body, compressFromBytes }: { readonly body: string | Buffer; readonly compressFromBytes: number },
): Promise<void> {
  const bytes = typeof body === "string" ? Buffer.byteLength(body) : body.length;
  if (bytes < compressFromBytes) {
    response.setHeader("content-length", bytes).end(body);
    return;
  }
  response.appendHeader("vary", "accept-encoding");
  const coding = chooseCoding(request.headers["accept-encoding"]);
  const compress = coding === undefined ? undefined : codings.get(coding);
  if (coding === undefined || compress === undefined) {
    response.setHeader("content-length", bytes).end(body);
    return;
  }
  const compressed = await compress(body);
  response.setHeader("content-encoding", coding).setHeader("content-length", compressed.length).end(compressed);
}

/**
 * The coding that the client likes best of those that are there; undefined for none.
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.accept-encoding
 */
export function chooseCoding(accepted: string | undefined): string | undefined {
  if (accepted === undefined) return undefined;
  const weights = new Map<string, number>();
  for (const part of accepted.toLowerCase().split(",")) {
    const [name = "", ...parameters] = part.split(";").map((piece) => piece.trim());
    const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    weights.set(name, weight === undefined ? 1 : Number(weight) || 0);
  }
  let chosen: string | undefined;
  let best = 0;
  for (const coding of codings.keys()) {
    const weight = weights.get(coding) ?? weights.get("*") ?? 0;
    if (weight <= best) continue;
    chosen = coding;
    best = weight;
  }
  // As it is may be liked better than any coding.
  return best >= (weights.get("identity") ?? 0) ? chosen : undefined;
}
