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

/** Decodes whole bodies, so that it keeps nothing from one to the next. */
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Reads a whole body, or answers with which status it is refused. Rejects only if the connection breaks. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Body> {
  const encoding = request.headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") {
    return { status: 415, message: `The content encoding ${JSON.stringify(encoding)} is not supported.` };
  }
  const tooLarge: Body = { status: 413, message: `The request body is larger than ${maxBytes} bytes.` };
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) return tooLarge;
  const chunks = await readChunks(request, maxBytes);
  if (chunks === null) return tooLarge;
  const [first] = chunks;
  try {
    return { text: utf8.decode(chunks.length === 1 ? first : Buffer.concat(chunks)) };
  } catch {
    return { status: 400, message: "The request body is not UTF-8." };
  }
}

/** Null: there is more than `maxBytes`, and the rest stays unread. By events, since an iterator costs more than a small body. */
function readChunks(request: IncomingMessage, maxBytes: number): Promise<readonly Buffer[] | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const leave = (): void => {
      request.off("data", onData).off("end", onEnd).off("error", onError).off("close", onClose);
    };
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes <= maxBytes) return;
      leave();
      request.pause();
      resolve(null);
    };
    const onEnd = (): void => {
      leave();
      resolve(chunks);
    };
    const onError = (error: Error): void => {
      leave();
      reject(error);
    };
    const onClose = (): void => onError(new Error("The connection was closed before the request was read."));
    if (request.destroyed) return onClose();
    request.on("data", onData).on("end", onEnd).on("error", onError).on("close", onClose);
  });
}
