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
import { NameTable } from "./name-table.ts";
import { readRecord, recordIsWhole, RecordWriter, type NumberedMutation } from "./state-record.ts";

type Bytes = Database<Buffer, Buffer>;

/** LMDB's own bound on a key, less the generation and entity in front. */
const MAX_KEY_BYTES = 1_900;

/**
 * Opens the state store in folder `dir`, which several threads of one process may do. Only one of them may apply.
 * A commit is visible at once and survives the process; the disk gets it shortly after, whole or not at all.
 */
export function openEmbeddedStateStore(dir: string): Promise<StateStore> {
  return Promise.resolve(new EmbeddedStateStore(dir));
}

class EmbeddedStateStore implements StateStore {
  readonly #env: RootDatabase<Buffer, Buffer>;
  readonly #records: Bytes;
  readonly #fences: Bytes;
  readonly #segments: Bytes;
  readonly #meta: Database<string, string>;
  readonly #names: NameTable;
  readonly #writer = new RecordWriter();
  readonly #key = Buffer.allocUnsafeSlow(2_048);

  constructor(dir: string) {
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
    this.#names = new NameTable(this.#env.openDB<string, string>({ name: "names", encoding: "string" }));
  }

  apply(batch: StateBatch): Promise<StateApplied> {
    try {
      return Promise.resolve(this.#env.transactionSync(() => this.#apply(batch)));
    } catch (fault) {
      this.#names.reload();
      const cause = fault instanceof Error ? fault : new Error(String(fault));
      return Promise.reject(
        new OnefoldError("STORE_UNAVAILABLE", `The state store could not write: ${cause.message}`, { cause }),
      );
    }
  }

  #apply(batch: StateBatch): StateApplied {
    const fenceKey = sourceKey(batch.generation, batch.topic, batch.partition);
    if (batch.segment !== null) this.#writeSegment(fenceKey, batch.segment);
    const fences = readFences(this.#fences.get(fenceKey));
    const moved: { shard: number; fence: number }[] = [];
    for (const { shard, from, entities } of batch.shards) {
      const fence = fences[shard] ?? 0;
      if (fence !== from) {
        moved.push({ shard, fence });
        continue;
      }
      for (const { entity, key, mutations } of entities) {
        const numbered = mutations.map((mutation): NumberedMutation => ({
          field: this.#names.numberOf(mutation.field),
          value: mutation,
        }));
        const recordKey = this.#recordKey(batch.generation, this.#names.numberOf(entity), key);
        this.#records.putSync(recordKey, this.#writer.merge(this.#record(recordKey), numbered));
      }
      fences[shard] = batch.to;
    }
    this.#fences.putSync(fenceKey, writeFences(fences));
    return { moved };
  }

  read(request: Parameters<StateStore["read"]>[0]): Promise<StateRead> {
    const { generation, entity, keys, fields } = request;
    // Another thread writes: without this, a snapshot taken earlier in this turn would be read.
    this.#env.resetReadTxn();
    const wanted = fields === null ? null : new Set(fields);
    const nameOf = (field: number): string | undefined => {
      const name = this.#names.nameOf(field);
      return wanted === null || wanted.has(name) ? name : undefined;
    };
    const number = this.#names.find(entity);
    const entities = keys.map((key): ReadonlyMap<string, StateValue> | null => {
      const record = this.#record(this.#recordKey(generation, number, key));
      if (record === null) return null;
      if (!recordIsWhole(record)) throw tornRecord(entity, key);
      return readRecord(record, nameOf);
    });
    return Promise.resolve({ entities, includes: this.#includes(generation, entity, keys) });
  }

  #includes(generation: number, entity: string, keys: readonly string[]): CursorVector {
    const shards = [...new Set(keys.map((key) => shardOf(entity, key)))];
    const includes: Record<string, number> = {};
    for (const { key, value } of this.#fences.getRange(prefixRange(generation))) {
      const fences = readFences(value);
      includes[key.toString("utf8", 2)] = shards.length === 0 ? 0 : Math.min(...shards.map((s) => fences[s] ?? 0));
    }
    return includes;
  }

  fences(generation: number, topic: string, partition: number): Promise<readonly number[]> {
    this.#env.resetReadTxn();
    return Promise.resolve(readFences(this.#fences.get(sourceKey(generation, topic, partition))));
  }

  async *segments(generation: number, topic: string, partition: number, above: number): AsyncIterable<IndexSegment> {
    for (const { key, value } of this.#segments.getRange(segmentRange(sourceKey(generation, topic, partition)))) {
      const to = value.readDoubleBE(0);
      if (to > above) yield { from: key.readDoubleBE(key.length - 8), to, bytes: Buffer.from(value.subarray(8)) };
    }
  }

  async *scan(
    generation: number,
    entity: string,
  ): AsyncIterable<{ readonly key: string; readonly values: ReadonlyMap<string, StateValue> }> {
    this.#env.resetReadTxn();
    const start = Buffer.from(this.#recordKey(generation, this.#names.find(entity), ""));
    const end = Buffer.from(start);
    end.writeUInt16BE(end.readUInt16BE(2) + 1, 2);
    for (const { key, value } of this.#records.getRange({ start, end })) {
      const member = key.toString("utf8", 4);
      if (!recordIsWhole(value)) throw tornRecord(entity, member);
      yield { key: member, values: readRecord(value, (field) => this.#names.nameOf(field)) };
    }
  }

  generations(): Promise<GenerationRecord | null> {
    this.#env.resetReadTxn();
    const text = this.#meta.get("generations");
    return Promise.resolve(text === undefined ? null : (JSON.parse(text) as GenerationRecord));
  }

  async serve(record: GenerationRecord, expectedVersion: number): Promise<boolean> {
    return await this.#env.transaction(() => {
      const text = this.#meta.get("generations");
      const known = text === undefined ? null : (JSON.parse(text) as GenerationRecord);
      if ((known?.version ?? 0) !== expectedVersion) return false;
      void this.#meta.put("generations", JSON.stringify(record));
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

  #writeSegment(source: Buffer, segment: SegmentWrite): void {
    const value = Buffer.allocUnsafe(8 + segment.bytes.length);
    value.writeDoubleBE(segment.to, 0);
    value.set(segment.bytes, 8);
    this.#segments.putSync(segmentKey(source, segment.from), value);
    const stale: Buffer[] = [];
    for (const { key, value: old } of this.#segments.getRange(segmentRange(source))) {
      if (old.readDoubleBE(0) > segment.keepAbove) break;
      stale.push(key);
    }
    for (const key of stale) this.#segments.removeSync(key);
  }

  /** The stored bytes, valid until the next read; null if there are none. */
  #record(key: Buffer): Buffer | null {
    const bytes = this.#records.getBinaryFast(key);
    return bytes === undefined ? null : bytes.subarray(0, bytes.length);
  }

  /** Generation (2), entity number (2), key. Valid until the next call. */
  #recordKey(generation: number, entity: number, key: string): Buffer {
    this.#key.writeUInt16BE(generation, 0);
    this.#key.writeUInt16BE(entity, 2);
    const length = this.#key.write(key, 4, MAX_KEY_BYTES, "utf8");
    return this.#key.subarray(0, 4 + length);
  }
}

function tornRecord(entity: string, key: string): OnefoldError {
  return new OnefoldError("STORE_UNAVAILABLE", `The stored record of ${entity} ${key} fails its checksum.`, {
    remedy: "Rebuild the models from the log: onefold replay.",
  });
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

/** Positive doubles sort as their big-endian bytes. */
function segmentKey(source: Buffer, from: number): Buffer {
  const key = Buffer.alloc(source.length + 9);
  source.copy(key);
  key.writeDoubleBE(from, source.length + 1);
  return key;
}

function segmentRange(source: Buffer): { start: Buffer; end: Buffer } {
  return { start: segmentKey(source, 0), end: segmentKey(source, Number.MAX_VALUE) };
}

function readFences(bytes: Buffer | undefined): number[] {
  return Array.from({ length: SHARDS }, (_, shard) => bytes?.readDoubleLE(shard * 8) ?? 0);
}

function writeFences(fences: readonly number[]): Buffer {
  const bytes = Buffer.alloc(SHARDS * 8);
  fences.forEach((fence, shard) => bytes.writeDoubleLE(fence, shard * 8));
  return bytes;
}
