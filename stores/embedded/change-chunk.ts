/** The bytes of the embedded change feed: one batch as one chunk, whose range stands in its key. */
import { encodeChanges } from "../ports/change-codec.ts";
import type { EntityChanges } from "../ports/change-feed.ts";
import { checkChunk, sealBytes, type UnsealedChunk } from "./sealed-bytes.ts";

export interface ChangePlace {
  /** Stands for topic and partition. */
  readonly number: number;
  readonly from: number;
  readonly to: number;
}

/** Partition's number (4 bytes), `to` (6), `from` (6), big-endian: the first key above a position is what follows it. */
export function changeKey(place: ChangePlace): Buffer {
  const key = Buffer.allocUnsafe(16);
  key.writeUInt32BE(place.number, 0);
  key.writeUIntBE(place.to, 4, 6);
  key.writeUIntBE(place.from, 10, 6);
  return key;
}

export function placeOfKey(key: Buffer): ChangePlace {
  return { number: key.readUInt32BE(0), to: key.readUIntBE(4, 6), from: key.readUIntBE(10, 6) };
}

/** What changed, behind the room of its seal; `decodeChanges` with the same room reads it once the seal was compared. */
export function sealableChanges(entities: readonly EntityChanges[]): UnsealedChunk {
  return checkChunk(encodeChanges(entities, sealBytes));
}
