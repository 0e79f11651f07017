/** A shard's part of a batch as bytes, as `apply-batch.lua` reads them. */
import { OnefoldError } from "../../../schema/errors.ts";
import type { Int64 } from "../../../schema/model/value.ts";
import type { EntityMutations } from "../../ports/state-store.ts";
import type { Mutation, StateValue } from "../../ports/state-value.ts";
import { fieldId, nameHash } from "./field-id.ts";

const TWO_32 = 2 ** 32;
/** An entity's index takes one byte. */
const MAX_INDEX = 255;
/** Copied byte by byte up to here: a native call costs more than that. */
const SHORT = 32;

/** An entity of a batch. Read its fields when all shards are encoded: each may bring some. */
export interface EncodedEntity {
  readonly name: string;
  /** A JSON list: name, number, name, number, … */
  readonly fields: string;
}

interface Entity extends EncodedEntity {
  /** Numbers by field name, of all fields met since the encoder was made. */
  readonly ids: Map<string, number>;
  readonly hashes: Map<number, string>;
  /** Changes only when a field is met for the first time. */
  fields: string;
}

/** Encodes into one growing buffer that it owns; what comes out is a copy. */
export class BatchEncoder {
  #buffer = Buffer.allocUnsafeSlow(1 << 16);
  #length = 0;
  readonly #entities = new Map<string, Entity>();
  /** The mutations of one member by their numbers, ascending. */
  readonly #sortedIds: number[] = [];
  readonly #sorted: Mutation[] = [];

  /**
   * The payload of one shard. It names entities by their place in `entities`, to which new ones are added.
   * @throws INPUT_INVALID when two fields of one entity have names that cannot be told apart
   */
  encode(members: Iterable<EntityMutations>, entities: EncodedEntity[]): Buffer {
    this.#length = 0;
    let last: Entity | undefined;
    let index = 0;
    for (const { entity, key, mutations } of members) {
      if (last?.name !== entity) {
        last = this.#entity(entity);
        index = entities.indexOf(last);
        if (index < 0) index = entities.push(last) - 1;
        if (index > MAX_INDEX)
          throw new OnefoldError("INPUT_INVALID", `A batch has more than ${MAX_INDEX + 1} entity types.`);
      }
      this.#member(index, key, this.#sort(last, mutations));
    }
    return Buffer.from(this.#buffer.subarray(0, this.#length));
  }

  #entity(name: string): Entity {
    const known = this.#entities.get(name);
    if (known !== undefined) return known;
    const made: Entity = { name, ids: new Map(), hashes: new Map(), fields: "[]" };
    this.#entities.set(name, made);
    return made;
  }

  /** By insertion: they are few, and come in the same order again and again. Answers how many there are. */
  #sort(entity: Entity, mutations: readonly Mutation[]): number {
    const ids = this.#sortedIds;
    const sorted = this.#sorted;
    let count = 0;
    for (const mutation of mutations) {
      const id = entity.ids.get(mutation.field) ?? this.#number(entity, mutation);
      let at = count++;
      for (; at > 0; at--) {
        const before = ids[at - 1] ?? 0;
        if (before <= id) break;
        ids[at] = before;
        sorted[at] = sorted[at - 1] ?? mutation;
      }
      ids[at] = id;
      sorted[at] = mutation;
    }
    return count;
  }

  #number(entity: Entity, { field, operation }: Mutation): number {
    const hash = nameHash(field);
    const other = entity.hashes.get(hash);
    if (other !== undefined) {
      const message = `The fields ${other} and ${field} of ${entity.name} cannot be told apart in the state store.`;
      throw new OnefoldError("INPUT_INVALID", message, { remedy: "Rename one of them." });
    }
    const id = fieldId(hash, operation);
    entity.hashes.set(hash, field);
    entity.ids.set(field, id);
    entity.fields = JSON.stringify([...entity.ids].flatMap(([name, number]) => [name, String(number)]));
    return id;
  }

  /** Entity (1), key length (4), key, record length (4), record: `merge-records.lua` has its form. */
  #member(entity: number, key: string, count: number): void {
    this.#reserve(13 + key.length * 3);
    this.#buffer[this.#length++] = entity;
    const keyAt = this.#length;
    this.#length += 4;
    this.#text(key);
    this.#u32At(keyAt, this.#length - keyAt - 4);
    const fieldsAt = this.#length;
    this.#length += 4;
    for (let i = 0; i < count; i++) {
      const mutation = this.#sorted[i];
      if (mutation !== undefined) this.#field(this.#sortedIds[i] ?? 0, mutation);
    }
    this.#u32(0);
    this.#u32At(fieldsAt, this.#length - fieldsAt - 4);
  }

  /** Reserves for the padding, too. */
  #field(id: number, value: StateValue): void {
    this.#reserve(16);
    this.#u32(id);
    if (value.operation === "add") {
      this.#int64(value.amount);
      return;
    }
    const lengthAt = this.#length;
    this.#length += 4;
    this.#payload(value);
    this.#reserve(4);
    this.#u32At(lengthAt, this.#length - lengthAt - 4);
  }

  #payload(value: Exclude<StateValue, { readonly operation: "add" }>): void {
    switch (value.operation) {
      case "greatest":
        this.#bytes(value.bytes);
        return;
      case "registers":
        this.#bytes(value.sketch);
        return;
      case "recent":
        this.#reserve(8);
        this.#u32(value.keep);
        this.#u32(value.entries.length);
        for (const entry of value.entries) this.#entry(entry);
        return;
      case "window":
        this.#reserve(4 + value.buckets.size * 16);
        this.#u32(value.keep);
        this.#buckets(value.buckets);
    }
  }

  #entry(entry: Uint8Array): void {
    this.#reserve(8 + entry.length);
    this.#u32(entry.length);
    this.#bytes(entry);
    this.#u32(entry.length);
  }

  /** Newest first: as writers leave them, if there is more than one. */
  #buckets(buckets: ReadonlyMap<number, Int64>): void {
    let last = Infinity;
    for (const bucket of buckets.keys()) {
      if (bucket > last) {
        this.#buckets(new Map([...buckets].sort(([a], [b]) => b - a)));
        return;
      }
      last = bucket;
    }
    for (const [bucket, amount] of buckets) {
      this.#length = this.#buffer.writeDoubleBE(bucket, this.#length);
      this.#int64(amount);
    }
  }

  #int64(amount: Int64): void {
    if (typeof amount === "number") {
      const high = Math.floor(amount / TWO_32);
      this.#u32(high);
      this.#u32(amount - high * TWO_32);
    } else this.#length = this.#buffer.writeBigInt64BE(amount, this.#length);
  }

  #u32(value: number): void {
    this.#u32At(this.#length, value);
    this.#length += 4;
  }

  #u32At(at: number, value: number): void {
    const buffer = this.#buffer;
    buffer[at] = value >>> 24;
    buffer[at + 1] = value >>> 16;
    buffer[at + 2] = value >>> 8;
    buffer[at + 3] = value;
  }

  #text(text: string): void {
    const buffer = this.#buffer;
    if (text.length <= SHORT) {
      let i = 0;
      for (let at = this.#length; i < text.length; i++, at++) {
        const code = text.charCodeAt(i);
        if (code > 0x7f) break;
        buffer[at] = code;
      }
      if (i === text.length) {
        this.#length += i;
        return;
      }
    }
    this.#length += buffer.write(text, this.#length, "utf8");
  }

  #bytes(bytes: Uint8Array): void {
    const { length } = bytes;
    this.#reserve(length);
    const buffer = this.#buffer;
    if (length > SHORT) buffer.set(bytes, this.#length);
    else for (let i = 0, at = this.#length; i < length; i++, at++) buffer[at] = bytes[i] ?? 0;
    this.#length += length;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(this.#length + more)));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}
