/** Runs scripts in one shard each, and sees that the shard still has what it was given. */
import { OnefoldError } from "../../../schema/errors.ts";
import type { LuaScript } from "./lua-script.ts";
import type { RedisArgument, RedisConnection } from "./redis-connection.ts";
import type { ShardKeys, StateKeys } from "./state-keys.ts";
import type { StoreRecord } from "./store-record.ts";

export interface ShardCall {
  readonly shard: number;
  readonly keys: readonly string[];
  /** Behind the incarnation, which is the first argument of all these scripts. */
  readonly args: readonly RedisArgument[];
}

const LOST = Buffer.from("LOST");

export class ShardScripts {
  readonly #connection: RedisConnection;
  readonly #keys: StateKeys;
  readonly #record: StoreRecord;

  constructor(connection: RedisConnection, keys: StateKeys, record: StoreRecord) {
    this.#connection = connection;
    this.#keys = keys;
    this.#record = record;
  }

  get all(): readonly ShardKeys[] {
    return this.#keys.shards;
  }

  keysOf(shard: number): ShardKeys {
    const keys = this.#keys.shards[shard];
    if (keys === undefined) throw new RangeError(`There is no shard ${shard}.`);
    return keys;
  }

  /** The incarnation that calls name. @throws STORE_REBUILDING where the store was never begun, or was wiped */
  incarnation(): Promise<string> {
    return this.#record.id();
  }

  /** Sends at once, before it first waits. @throws STORE_REBUILDING when the shard lost its data; STORE_UNAVAILABLE */
  async run(incarnation: string, script: LuaScript, { shard, keys, args }: ShardCall): Promise<unknown> {
    const reply = await this.#connection.run(script, keys, [incarnation, ...args]);
    if (!Buffer.isBuffer(reply) || !reply.equals(LOST)) return reply;
    this.#record.forget();
    throw new OnefoldError("STORE_REBUILDING", `Shard ${shard} of the state store in Redis has lost its data.`);
  }

  /** As `RedisConnection.together`. */
  together<T>(send: () => T): T {
    return this.#connection.together(send);
  }

  /** For what needs no shard to be whole. */
  async runAnywhere(script: LuaScript, keys: readonly string[], args: readonly RedisArgument[]): Promise<unknown> {
    return await this.#connection.run(script, keys, args);
  }
}
