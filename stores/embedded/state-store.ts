/** The state store on LMDB: one record a member of an entity, fences in the same transaction. */
import { open, type Database, type RootDatabase } from "lmdb";
import { partitionKey, type CursorVector } from "../../schema/cursor.ts";
import { OnefoldError } from "../../schema/errors.ts";
import { SHARDS, shardOf } from "../../schema/model/entity-key.ts";
import type {
  GenerationRecord,
  IndexSegment,
  SegmentWrite,
  StateApplied,
  StateBatch,
  StateRead,
  StateStore,
} from "../ports/state-store.ts";
import type { StateValue } from "../ports/state-value.ts";
import { mergeSorted } from "./merge-sorted.ts";
import { NameTable } from "./name-table.ts";
import { refuseFullDisk } from "./refuse-full-disk.ts";
import { restoreLength } from "./restore-length.ts";
import { checkChunk, isSealed, openText, sealBytes, sealChunk, sealText } from "./sealed-bytes.ts";
import { highestField, readRecord, recordIsWhole, RecordWriter } from "./state-record.ts";

type Bytes = Database<Buffer, Buffer>;

/** What stands in front of a record's key: see `#recordKey`. */
const KEY_HEADER = 5;
/** LMDB's own bound on a key, less that. */
const MAX_KEY_BYTES = 1_900;
const generationsName = "generations";
const formatName = "format";
const format = "state store, version 1";

/**
 * Opens the state store in folder `dir`, which several threads of one process may do. Only one of them may apply.
 * A commit is visible at once and survives the process; the disk gets it shortly after, whole or not at all.
 * All that is kept carries a checksum, and what fails it is never combined into new values.
 * @throws STORE_FORMAT when the folder holds another format; STORE_UNAVAILABLE when it cannot be opened
 */
export async function openEmbeddedStateStore(dir: string): Promise<StateStore> {
  try {
    restoreLength(dir);
    return new EmbeddedStateStore(dir);
  } catch (cause) {
    if (cause instanceof OnefoldError) throw cause;
    throw new OnefoldError("STORE_UNAVAILABLE", `${dir} cannot be opened: ${String(cause)}`, { cause });
  }
}

class EmbeddedStateStore implements StateStore {
  readonly #dir: string;
  readonly #env: RootDatabase<Buffer, Buffer>;
  readonly #records: Bytes;
  readonly #fences: Bytes;
  readonly #segments: Bytes;
  readonly #meta: Database<string, string>;
  readonly #names: NameTable;
  readonly #writer = new RecordWriter();
  readonly #key = Buffer.allocUnsafeSlow(2_048);

  constructor(dir: string) {
    this.#dir = dir;
    this.#env = open<Buffer, Buffer>({
      path: dir,
      encoding: "binary",
      keyEncoding: "binary",
      maxDbs: 8,
      noMemInit: true,
    });
    const bytes = { encoding: "binary", keyEncoding: "binary" } as const;
    this.#records = this.#env.openDB<Buffer, Buffer>({ name: "records", ...bytes });
    this.#fences = this.#env.openDB<Buffer, Buffer>({ name: "fences", ...bytes });
    this.#segments = this.#env.openDB<Buffer, Buffer>({ name: "segments", ...bytes });
    this.#meta = this.#env.openDB<string, string>({ name: "meta", encoding: "string" });
    this.#settleFormat(dir);
    this.#names = new NameTable(this.#env.openDB<string, string>({ name: "names", encoding: "string" }));
  }

  async apply(batch: StateBatch): Promise<StateApplied> {
    refuseFullDisk(this.#dir);
    try {
      return this.#env.transactionSync(() => this.#apply(batch));
    } catch (fault) {
      this.#env.resetReadTxn();
      this.#names.reload();
      if (fault instanceof OnefoldError) throw fault;
      const cause = fault instanceof Error ? fault : new Error(String(fault));
      throw new OnefoldError("STORE_UNAVAILABLE", `The state store could not write: ${cause.message}`, { cause });
    }
  }

  #apply(batch: StateBatch): StateApplied {
    const fenceKey = sourceKey(batch.generation, batch.topic, batch.partition);
    if (batch.segment !== null) this.#writeSegment(fenceKey, batch.segment);
    const fences = allFences(this.#fences.get(fenceKey), fenceKey);
    const moved: { shard: number; fence: number }[] = [];
    const numbers: number[] = [];
    for (const { shard, from, entities } of batch.shards) {
      const fence = fences[shard] ?? 0;
      if (fence !== from) {
        moved.push({ shard, fence });
        continue;
      }
      for (const { entity, key, mutations } of entities) {
        numbers.length = 0;
        for (const { field } of mutations) numbers.push(this.#names.numberOf(field));
        const recordKey = this.#recordKey(batch.generation, this.#names.numberOf(entity), shard, key);
        const old = this.#record(recordKey);
        // A torn record may not get a new checksum.
        if (old !== null && !recordIsWhole(old)) throw tornRecord(entity, key);
        this.#records.putSync(recordKey, this.#writer.merge(old, mutations, numbers));
      }
      fences[shard] = batch.to;
    }
    this.#fences.putSync(fenceKey, writeFences(fences, fenceKey));
    return { moved };
  }

  async read(request: Parameters<StateStore["read"]>[0]): Promise<StateRead> {
    const { generation, entity, keys, fields } = request;
    // Another thread writes: without this, a snapshot taken earlier in this turn would be read.
    this.#env.resetReadTxn();
    const wanted = fields === null ? null : new Set(fields);
    const number = this.#names.find(entity);
    const entities = keys.map((key): ReadonlyMap<string, StateValue> | null => {
      let record = this.#record(this.#recordKey(generation, number, shardOf(entity, key), key));
      if (record === null) return null;
      if (!recordIsWhole(record)) throw tornRecord(entity, key);
      // Loading names reads the store, which takes back the buffer that the record stands in.
      if (highestField(record) > this.#names.highest) record = Buffer.from(record);
      return readRecord(record, (field) => {
        const name = this.#names.nameOf(field);
        return wanted === null || wanted.has(name) ? name : undefined;
      });
    });
    return { entities, includes: this.#includes(generation, entity, keys) };
  }

  #includes(generation: number, entity: string, keys: readonly string[]): CursorVector {
    const shards = [...new Set(keys.map((key) => shardOf(entity, key)))];
    const includes: Record<string, number> = {};
    for (const { key, value } of this.#fences.getRange(prefixRange(generation))) {
      checkFences(value, key);
      const fences = shards.map((shard) => fenceAt(value, shard));
      includes[key.toString("utf8", 2)] = fences.length === 0 ? 0 : Math.min(...fences);
    }
    return includes;
  }

  async fences(generation: number, topic: string, partition: number): Promise<readonly number[]> {
    this.#env.resetReadTxn();
    const key = sourceKey(generation, topic, partition);
    return allFences(this.#fences.get(key), key);
  }

  async *segments(generation: number, topic: string, partition: number, above: number): AsyncIterable<IndexSegment> {
    this.#env.resetReadTxn();
    const source = sourceKey(generation, topic, partition);
    for (const { key, value } of this.#segments.getRange(segmentRange(source, Number.MAX_VALUE))) {
      const { from, to } = segmentOf(key);
      if (to <= above) continue;
      if (!isSealed(value, key)) throw torn(`The dedupe segment of ${partitionKey(topic, partition)} from ${from} on`);
      yield { from, to, bytes: Buffer.from(value.subarray(sealBytes)) };
    }
  }

  async *scan(
    generation: number,
    entity: string,
  ): AsyncIterable<{ readonly key: string; readonly values: ReadonlyMap<string, StateValue> }> {
    this.#env.resetReadTxn();
    const number = this.#names.find(entity);
    const shards = Array.from({ length: SHARDS }, (_, shard) => {
      const start = Buffer.from(this.#recordKey(generation, number, shard, ""));
      const end = Buffer.from(start);
      end[KEY_HEADER - 1] = shard + 1;
      return this.#records.getRange({ start, end });
    });
    const byKey = (a: { readonly key: Buffer }, b: { readonly key: Buffer }): number =>
      a.key.compare(b.key, KEY_HEADER, b.key.length, KEY_HEADER);
    for (const { key, value } of mergeSorted(shards, byKey)) {
      const member = key.toString("utf8", KEY_HEADER);
      if (!recordIsWhole(value)) throw tornRecord(entity, member);
      yield { key: member, values: readRecord(value, (field) => this.#names.nameOf(field)) };
    }
  }

  async generations(): Promise<GenerationRecord | null> {
    this.#env.resetReadTxn();
    return this.#readMeta<GenerationRecord>(generationsName);
  }

  async serve(record: GenerationRecord, expectedVersion: number): Promise<boolean> {
    return await this.#env.transaction(() => {
      const known = this.#readMeta<GenerationRecord>(generationsName);
      if ((known?.version ?? 0) !== expectedVersion) return false;
      void this.#meta.put(generationsName, sealText(generationsName, record));
      for (const id of Object.keys(known?.fingerprints ?? {})) if (!(id in record.fingerprints)) this.#drop(Number(id));
      return true;
    });
  }

  #drop(generation: number): void {
    for (const database of [this.#records, this.#fences, this.#segments])
      for (const key of database.getKeys(prefixRange(generation))) void database.remove(key);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#env.flushed;
    await this.#env.close();
  }

  #settleFormat(dir: string): void {
    this.#env.transactionSync(() => {
      const isNew = this.#readMeta(generationsName) === null && this.#fences.getKeysCount({ limit: 1 }) === 0;
      if (isNew && this.#meta.get(formatName) === undefined) {
        this.#meta.putSync(formatName, sealText(formatName, format));
      }
    });
    const found = this.#meta.get(formatName) === undefined ? null : this.#readMeta<string>(formatName);
    if (found === format) return;
    const holds = found ?? "data without a format";
    throw new OnefoldError("STORE_FORMAT", `${dir} holds ${holds}; this version reads ${format}.`);
  }

  #readMeta<T>(name: string): T | null {
    const text = this.#meta.get(name);
    if (text === undefined) return null;
    const body = openText(name, text);
    if (body === undefined) throw torn(`The record of ${name} in the state store`);
    return JSON.parse(body) as T;
  }

  #writeSegment(source: Buffer, segment: SegmentWrite): void {
    // What ends at or below `keepAbove` begins below it.
    const before = [...this.#segments.getKeys(segmentRange(source, Math.max(0, segment.keepAbove)))];
    for (const old of before) if (segmentOf(old).to <= segment.keepAbove) this.#segments.removeSync(old);
    const key = segmentKey(source, segment.from, segment.to);
    const value = Buffer.allocUnsafe(sealBytes + segment.bytes.length);
    value.set(segment.bytes, sealBytes);
    this.#segments.putSync(key, sealChunk(checkChunk(value), key));
  }

  /** The stored bytes, valid until the next read; null if there are none. */
  #record(key: Buffer): Buffer | null {
    const bytes = this.#records.getBinaryFast(key);
    return bytes === undefined ? null : bytes.subarray(0, bytes.length);
  }

  /**
   * Generation (2), entity number (2), shard (1), key: what one shard of a batch touches lies close together, so that its
   * pages are in the cache. Valid until the next call.
   */
  #recordKey(generation: number, entity: number, shard: number, key: string): Buffer {
    this.#key.writeUInt16BE(generation, 0);
    this.#key.writeUInt16BE(entity, 2);
    this.#key[KEY_HEADER - 1] = shard;
    const length = this.#key.write(key, KEY_HEADER, MAX_KEY_BYTES, "utf8");
    return this.#key.subarray(0, KEY_HEADER + length);
  }
}

function tornRecord(entity: string, key: string): OnefoldError {
  return torn(`The stored record of ${entity} ${key}`);
}

function torn(what: string): OnefoldError {
  const remedy = "Rebuild the models from the log: onefold replay.";
  return new OnefoldError("STORE_UNAVAILABLE", `${what} fails its checksum.`, { remedy });
}

function sourceKey(generation: number, topic: string, partition: number): Buffer {
  const name = partitionKey(topic, partition);
  const key = Buffer.allocUnsafe(2 + Buffer.byteLength(name));
  key.writeUInt16BE(generation, 0);
  key.write(name, 2, "utf8");
  return key;
}

function prefixRange(generation: number): { start: Buffer; end: Buffer } {
  const start = Buffer.alloc(2);
  start.writeUInt16BE(generation);
  const end = Buffer.alloc(2);
  end.writeUInt16BE(generation + 1);
  return { start, end };
}

/** Source, a zero, from (8), to (8). Positive doubles sort as their big-endian bytes. */
function segmentKey(source: Buffer, from: number, to: number): Buffer {
  const key = Buffer.alloc(source.length + 17);
  source.copy(key);
  key.writeDoubleBE(from, source.length + 1);
  key.writeDoubleBE(to, source.length + 9);
  return key;
}

function segmentOf(key: Buffer): { readonly from: number; readonly to: number } {
  return { from: key.readDoubleBE(key.length - 16), to: key.readDoubleBE(key.length - 8) };
}

/** The segments that begin below `before`. */
function segmentRange(source: Buffer, before: number): { start: Buffer; end: Buffer } {
  return { start: segmentKey(source, 0, 0), end: segmentKey(source, before, 0) };
}

/** Fences of one partition: seal, then a double for each shard. */
function writeFences(fences: readonly number[], key: Buffer): Buffer {
  const bytes = Buffer.alloc(sealBytes + SHARDS * 8);
  fences.forEach((fence, shard) => bytes.writeDoubleLE(fence, sealBytes + shard * 8));
  return sealChunk(checkChunk(bytes), key);
}

function allFences(bytes: Buffer | undefined, key: Buffer): number[] {
  if (bytes !== undefined) checkFences(bytes, key);
  return Array.from({ length: SHARDS }, (_, shard) => (bytes === undefined ? 0 : fenceAt(bytes, shard)));
}

function fenceAt(bytes: Buffer, shard: number): number {
  return bytes.readDoubleLE(sealBytes + shard * 8);
}

function checkFences(bytes: Buffer, key: Buffer): void {
  if (!isSealed(bytes, key)) throw torn(`The fence of ${key.toString("utf8", 2)} in the state store`);
}
