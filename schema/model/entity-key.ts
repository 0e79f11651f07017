/** Typed identifiers as text, their place in the graph's `id`, and the virtual shard they live in. */

/** How many virtual shards entities map to: fixed when a store is created, independent of the log's partitions. */
export const SHARDS = 64;

/** Writes a typed identifier: `member:42`. */
export function identifierKey(type: string, value: string): string {
  return `${type}:${value}`;
}

/** Reads the graph's `id`: a plain value is of the primary type; `type:value` names another declared type. */
export function keyFromGraphId(id: string, types: readonly { readonly type: string }[]): string {
  const colon = id.indexOf(":");
  if (colon > 0 && types.some(({ type }, i) => i > 0 && type === id.slice(0, colon))) return id;
  return identifierKey(types[0]?.type ?? "id", id);
}

/** Writes an identifier as the graph's `id`: plain for the primary type, `type:value` otherwise. */
export function graphIdFromKey(key: string, types: readonly { readonly type: string }[]): string {
  const prefix = `${types[0]?.type ?? "id"}:`;
  return key.startsWith(prefix) ? key.slice(prefix.length) : key;
}

/** The shard of an entity's member, 0 to {@link SHARDS} − 1: FNV-1a over UTF-16 code units of `entity|key`. */
export function shardOf(entity: string, key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < entity.length; i++) hash = Math.imul(hash ^ entity.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ 0x7c, 0x01000193);
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  hash ^= hash >>> 15;
  return (hash >>> 0) % SHARDS;
}
