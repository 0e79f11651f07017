/** Request bodies: read up to a limit, as UTF-8 text. */
import type { IncomingMessage } from "node:http";

export type Body = { readonly text: string } | { readonly status: 400 | 413 | 415; readonly message: string };

/**
 * Whether a body is said to be JSON. The whole type counts: browsers send `text/plain; application/json` for any page,
 * without asking the server first.
 */
export function isJsonRequest({ headers }: IncomingMessage): boolean {
  const [type = ""] = (headers["content-type"] ?? "").split(";", 1);
  return /^application\/(graphql-response\+)?json$/i.test(type.trim());
}

/** Reads a whole body, or answers with which status it is refused. Rejects only if the connection breaks. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Body> {
  const encoding = request.headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") {
    return { status: 415, message: `The content encoding ${JSON.stringify(encoding)} is not supported.` };
  }
  const tooLarge: Body = { status: 413, message: `The request body is larger than ${maxBytes} bytes.` };
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) return tooLarge;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) return tooLarge;
    chunks.push(chunk);
  }
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks)) };
  } catch {
    return { status: 400, message: "The request body is not UTF-8." };
  }
}
