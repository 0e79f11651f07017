/** From an HTTP response to its JSON: status and content type decide whether it is an answer; its size is bounded. */
import { parseJson } from "./parse-json.ts";
import { TransportFailure } from "./transport-failure.ts";

/**
 * `application/graphql-response+json` is an answer under any status. `application/json` is one only under 2xx: under
 * others it may come from a proxy on the way (GraphQL over HTTP, "application/json").
 * @throws TransportFailure
 */
export async function readAnswer(response: Response, maxBytes: number): Promise<unknown> {
  const type = (response.headers.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase();
  const isAnswer = type === "application/graphql-response+json" || (type === "application/json" && response.ok);
  if (!isAnswer) {
    await response.body?.cancel();
    if (!response.ok) throw new TransportFailure(`it answered with HTTP status ${response.status}`, type);
    throw new TransportFailure("its answer is not GraphQL", `content-type ${type === "" ? "missing" : type}`);
  }
  const text = await readText(response, maxBytes);
  try {
    return parseJson(text);
  } catch (error) {
    throw new TransportFailure("its answer is not GraphQL", error);
  }
}

/** Reads no further than the limit, which counts unpacked bytes. */
async function readText(response: Response, maxBytes: number): Promise<string> {
  if (response.body === null) return "";
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop early cancels the body, and with it the connection.
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new TransportFailure(`its answer has more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
