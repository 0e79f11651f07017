/** Checksums of what the embedded stores keep: over content and key together, so that misplaced bytes are found too. */
import { crc32 } from "node:zlib";

/** Bytes at the front of a chunk that belong to its seal. */
export const sealBytes = 4;

/** A chunk with room for its seal, and the checksum of its body, computed before its key is known. */
export interface UnsealedChunk {
  readonly bytes: Buffer;
  readonly bodySum: number;
}

/** Takes bytes whose first {@link sealBytes} are free. */
export function checkChunk(bytes: Buffer): UnsealedChunk {
  return { bytes, bodySum: crc32(bytes.subarray(sealBytes)) };
}

/** Writes the seal for a key. Sealing again, for another key, is fine. */
export function sealChunk(chunk: UnsealedChunk, key: Buffer): Buffer {
  chunk.bytes.writeUInt32BE(crc32(key, chunk.bodySum));
  return chunk.bytes;
}

export function isSealed(bytes: Buffer, key: Buffer): boolean {
  if (bytes.length < sealBytes) return false;
  return crc32(key, crc32(bytes.subarray(sealBytes))) === bytes.readUInt32BE(0);
}

/** JSON with a checksum over it and the name it is kept by. */
export function sealText(name: string, value: unknown): string {
  const body = JSON.stringify(value);
  return crc32(body, crc32(name)).toString(16).padStart(8, "0") + body;
}

/** The JSON text of what {@link sealText} wrote, or `undefined` if it is not what was written. */
export function openText(name: string, text: string): string | undefined {
  const body = text.slice(8);
  return crc32(body, crc32(name)).toString(16).padStart(8, "0") === text.slice(0, 8) ? body : undefined;
}
