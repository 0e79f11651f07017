/** Unpacks an answer's body. What it unpacks to is bounded, whatever it was packed from. */
import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate, type BrotliOptions, type ZlibOptions } from "node:zlib";
import { systemCauseOf, tooLarge, TransportFailure } from "./transport-failure.ts";

/** In the order of preference. */
export const acceptedEncodings = "gzip, br";

type Unpack = (body: Buffer, options: ZlibOptions & BrotliOptions) => Promise<Buffer>;

const unpackers: Readonly<Record<string, Unpack | undefined>> = {
  gzip: promisify<Buffer, ZlibOptions, Buffer>(gunzip),
  "x-gzip": promisify<Buffer, ZlibOptions, Buffer>(gunzip),
  deflate: promisify<Buffer, ZlibOptions, Buffer>(inflate),
  br: promisify<Buffer, BrotliOptions, Buffer>(brotliDecompress),
};

/**
 * @param encoding of the header `content-encoding`
 * @throws TransportFailure
 */
export async function decodeBody(body: Buffer, encoding: string, maxBytes: number): Promise<Buffer> {
  const name = encoding.trim().toLowerCase();
  const unpack = Object.hasOwn(unpackers, name) ? unpackers[name] : undefined;
  if (unpack === undefined) throw new TransportFailure("its answer is packed in a way that nobody asked for", encoding);
  try {
    return await unpack(body, { maxOutputLength: maxBytes });
  } catch (error) {
    const isTooLarge = systemCauseOf(error) === "ERR_BUFFER_TOO_LARGE";
    throw isTooLarge ? tooLarge(maxBytes) : new TransportFailure("its answer could not be unpacked", error);
  }
}
