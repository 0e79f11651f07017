/** Which partition an event goes to. A law of the log that every adapter keeps for ever: it decides order per key. */

const offsetBasis = 0x811c9dc5;
const prime = 0x01000193;

/** FNV-1a (32 bit) of the key's UTF-8 bytes, or of the value's own bytes where there is no key, modulo `partitions`. */
export function partitionOf(key: string | null, value: Uint8Array, partitions: number): number {
  if (partitions === 1) return 0;
  return (key === null ? hashBytes(value) : hashText(key)) % partitions;
}

function hashText(text: string): number {
  let hash = offsetBasis;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit > 0x7f) return hashBytes(Buffer.from(text, "utf8"));
    hash = Math.imul(hash ^ unit, prime);
  }
  return hash >>> 0;
}

function hashBytes(bytes: Uint8Array): number {
  let hash = offsetBasis;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, prime);
  return hash >>> 0;
}
