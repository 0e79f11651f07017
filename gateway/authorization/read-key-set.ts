/** Reads the text of a JSON Web Key Set, from a URL or a file. */
import { readFile } from "node:fs/promises";

/** A set of hundreds of keys is far below, in bytes. */
const maxBytes = 1024 * 1024;

export async function readKeySetFile(path: string): Promise<string> {
  const bytes = await readFile(path);
  if (bytes.length > maxBytes) throw tooLarge();
  return bytes.toString("utf8");
}

/** Redirects are not followed: who could redirect could give keys. */
export async function readKeySetUrl(url: string, signal: AbortSignal): Promise<string> {
  const headers = { accept: "application/jwk-set+json, application/json" };
  const response = await fetch(url, { signal, headers, redirect: "error" }).catch((error: unknown) => {
    throw new Error(signal.aborted ? "it did not answer in time" : "it could not be reached", { cause: error });
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`it answered with HTTP status ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  const body: AsyncIterable<Uint8Array> | null = response.body;
  if (body === null) return "";
  for await (const chunk of body) {
    length += chunk.length;
    if (length > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function tooLarge(): Error {
  return new Error(`it has more than ${maxBytes} bytes`);
}
