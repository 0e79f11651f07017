/** The state store as a whole: its incarnation, by which every shard proves that it lost nothing, and its generations. */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { OnefoldError } from "../../../schema/errors.ts";
import type { GenerationRecord } from "../../ports/state-store.ts";
import { allOf } from "./all-of.ts";
import { readScript } from "./lua-script.ts";
import type { RedisConnection } from "./redis-connection.ts";
import { replyText } from "./reply-text.ts";
import type { StateKeys } from "./state-keys.ts";

/** whole: every shard has what it was given. wiped: nothing is there. partial: something is, and something was lost. */
export type Incarnation = "whole" | "wiped" | "partial";

const claimStore = readScript("lua/claim-store.lua");
const beginShard = readScript("lua/begin-shard.lua", "lua/begin-shard-call.lua");
const commitStore = readScript("lua/commit-store.lua");
const replaceRecord = readScript("lua/replace-record.lua");
const settleShard = readScript("lua/begin-shard.lua", "lua/settle-shard.lua");

/** Two that begin a store at once get out of each other's way. */
const MAX_BACK_OFF_MS = 200;

/**
 * Beginning a store takes three steps, since its shards are in different slots: claim a number, empty each shard and give
 * it the incarnation, commit. A shard obeys the highest claim only, and only the highest claim can commit: of several that
 * begin at once one wins, and whatever the others still send changes nothing.
 */
export class StoreRecord {
  readonly #connection: RedisConnection;
  readonly #keys: StateKeys;
  #id: string | null = null;

  constructor(connection: RedisConnection, keys: StateKeys) {
    this.#connection = connection;
    this.#keys = keys;
  }

  /** The incarnation that shards must have, remembered until {@link forget}. @throws STORE_REBUILDING if there is none */
  async id(): Promise<string> {
    this.#id ??= await this.#field("id");
    if (this.#id !== null) return this.#id;
    throw new OnefoldError("STORE_REBUILDING", "The state store in Redis is empty: it was never begun, or was wiped.");
  }

  /** A shard disagreed: it lost its data, or the store was begun anew. */
  forget(): void {
    this.#id = null;
  }

  async generations(): Promise<GenerationRecord | null> {
    const text = await this.#field("record");
    return text === null ? null : (JSON.parse(text) as GenerationRecord);
  }

  /** Asks every shard. */
  async incarnation(): Promise<Incarnation> {
    const id = await this.#field("id");
    const ids = await this.#headFields("id");
    if (id !== null && ids.every((held) => held === id)) return "whole";
    return id === null && ids.every((held) => held === null) ? "wiped" : "partial";
  }

  /**
   * Empties the store and begins it anew, with its first generation record or without one. False: another one has, or
   * there is a record.
   */
  async begin(record: GenerationRecord | null): Promise<boolean> {
    const claims = (await this.#headFields("claim")).map(Number);
    const claim = replyText(await this.#connection.run(claimStore, [this.#keys.record], [Math.max(0, ...claims)]));
    if (claim === null) return false;
    // Who has not yet heard of the new record asks for a generation that was lost, and must not find it empty.
    const lost = record?.next === undefined ? [] : lostGenerations(record);
    const id = `${claim}:${randomBytes(8).toString("hex")}`;
    await this.#eachShard(({ head, names }) => this.#connection.run(beginShard, [head, names], [id, claim, ...lost]));
    const first = record === null ? [] : [record.version, JSON.stringify(record)];
    const token = randomBytes(8).toString("hex");
    const done = await this.#connection.run(commitStore, [this.#keys.record], [claim, id, token, ...first]);
    this.forget();
    if (done === 1) return true;
    await sleep(Math.random() * MAX_BACK_OFF_MS);
    return false;
  }

  /** Replaces the record, begins lost shards anew, and drops what is no longer named. */
  async replace(record: GenerationRecord, expectedVersion: number): Promise<boolean> {
    const token = randomBytes(8).toString("hex");
    const args = [expectedVersion, token, record.version, JSON.stringify(record)];
    const replaced = await this.#connection.run(replaceRecord, [this.#keys.record], args);
    if (!Array.isArray(replaced)) return false;
    const [id, claim, before] = replaced.map(replyText);
    if (id == null || claim == null || before == null) return false;
    const kept = Object.keys(record.fingerprints);
    const known = Object.keys((JSON.parse(before) as GenerationRecord).fingerprints);
    const settled = [id, claim, kept.length, ...kept, ...kept.filter((generation) => known.includes(generation))];
    await this.#eachShard(({ head, names }) => this.#connection.run(settleShard, [head, names], settled));
    return true;
  }

  async #field(name: string): Promise<string | null> {
    return replyText(await this.#connection.call("HGET", [this.#keys.record, name]));
  }

  async #headFields(name: string): Promise<readonly (string | null)[]> {
    return (await this.#eachShard(({ head }) => this.#connection.call("HGET", [head, name]))).map(replyText);
  }

  async #eachShard(send: (keys: StateKeys["shards"][number]) => Promise<unknown>): Promise<readonly unknown[]> {
    return await allOf(this.#keys.shards.map(send));
  }
}

/** Of a store that begins with a generation yet to be built: all others that its record names. */
function lostGenerations({ fingerprints, next }: GenerationRecord): readonly string[] {
  return Object.keys(fingerprints).filter((generation) => generation !== String(next));
}
