/** Request bodies of the subgraph server: JSON, read up to a limit. */
import type { IncomingMessage } from "node:http";

export type JsonBody = { readonly json: unknown } | { readonly refused: 400 | 413 | 415; readonly message: string };

/** Reads a whole body, or answers with which status it is refused. Rejects only if the connection breaks. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<JsonBody> {
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") {
    return { refused: 415, message: `The content encoding ${JSON.stringify(encoding)} is not supported.` };
  }
  const chunks: Buffer[] = [];
  let bytes = Number(request.headers["content-length"] ?? 0) > maxBytes ? Infinity : 0;
  if (bytes === 0) {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes) break;
      chunks.push(chunk);
    }
  }
  if (bytes > maxBytes) return { refused: 413, message: `The request body is larger than ${maxBytes} bytes.` };
  return parseBody(Buffer.concat(chunks), request.headers["content-type"] ?? "");
}

function parseBody(body: Buffer, contentType: string): JsonBody {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
    // Any other content type goes on as text: Apollo Server refuses it, with CSRF prevention's words where they apply.
    if (!/^application\/(graphql-response\+)?json\b/i.test(contentType)) return { json: text };
    return { json: JSON.parse(text) as unknown };
  } catch {
    return { refused: 400, message: "The request body is not valid JSON in UTF-8." };
  }
}
