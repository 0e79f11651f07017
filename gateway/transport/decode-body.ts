/** Unpacks an answer's body. What it unpacks to is bounded, whatever it was packed from. */
import { promisify } from "node:util";
import * as zlib from "node:zlib";
import { systemCauseOf, tooLarge, TransportFailure } from "./transport-failure.ts";

/** In the order of preference. */
export const acceptedEncodings = "gzip, br";

type Options = zlib.ZlibOptions & zlib.BrotliOptions;

interface Unpack {
  readonly now: (body: Buffer, options: Options) => Buffer;
  /** In another thread. */
  readonly later: (body: Buffer, options: Options) => Promise<Buffer>;
}

const gzip: Unpack = { now: zlib.gunzipSync, later: promisify<Buffer, Options, Buffer>(zlib.gunzip) };

const unpacks: ReadonlyMap<string, Unpack> = new Map([
  ["gzip", gzip],
  ["x-gzip", gzip],
  ["deflate", { now: zlib.inflateSync, later: promisify<Buffer, Options, Buffer>(zlib.inflate) }],
  ["br", { now: zlib.brotliDecompressSync, later: promisify<Buffer, Options, Buffer>(zlib.brotliDecompress) }],
]);

/** Up to these sizes, packed and unpacked, another thread costs more than it spares. */
const smallPackedBytes = 16 * 1024;
const smallBytes = 256 * 1024;

/**
 * @param encoding of the header `content-encoding`
 * @throws TransportFailure
 */
export async function decodeBody(body: Buffer, encoding: string, maxBytes: number): Promise<Buffer> {
  const unpack = unpacks.get(encoding.trim().toLowerCase());
  if (unpack === undefined) throw new TransportFailure("its answer is packed in a way that nobody asked for", encoding);
  try {
    const small = body.length <= smallPackedBytes ? unpackSmall(unpack, body, maxBytes) : undefined;
    return small ?? (await unpack.later(body, { maxOutputLength: maxBytes }));
  } catch (error) {
    throw isTooLarge(error) ? tooLarge(maxBytes) : new TransportFailure("its answer could not be unpacked", error);
  }
}

/** Undefined: it unpacks to more than a little, or than may be. */
function unpackSmall(unpack: Unpack, body: Buffer, maxBytes: number): Buffer | undefined {
  try {
    return unpack.now(body, { maxOutputLength: Math.min(maxBytes, smallBytes) });
  } catch (error) {
    if (isTooLarge(error)) return undefined;
    throw error;
  }
}

function isTooLarge(error: unknown): boolean {
  return systemCauseOf(error) === "ERR_BUFFER_TOO_LARGE";
}
