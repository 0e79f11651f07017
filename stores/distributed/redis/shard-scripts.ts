/** Runs scripts in shards, and sees that each still has what it was given. */
import { OnefoldError } from "../../../schema/errors.ts";
import { allOf } from "./all-of.ts";
import type { LuaScript, ShardScript } from "./lua-script.ts";
import type { RedisArgument, RedisConnection } from "./redis-connection.ts";
import type { ShardKeys, StateKeys } from "./state-keys.ts";
import type { StoreRecord } from "./store-record.ts";

export interface ShardCall {
  readonly shard: number;
  readonly keys: readonly string[];
  /** Behind the incarnation, which is the first argument of all these scripts. */
  readonly args: readonly RedisArgument[];
}

/** One script for several shards. */
export interface ShardsCall {
  /** Which of a shard's keys the script wants. */
  readonly keys: (of: ShardKeys) => readonly string[];
  /** The arguments that all have, behind the incarnation. */
  readonly shared: readonly RedisArgument[];
  /** Behind those, what one shard has besides. */
  readonly parts: readonly ShardPart[];
}

export interface ShardPart {
  readonly shard: number;
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
    return this.#checked(shard, await this.#connection.run(script, keys, [incarnation, ...args]));
  }

  /**
   * The answers in the order of the parts. Sends at once, in one command where all shards are on one server: a command costs
   * both sides more than a small part does. Each shard is atomic by itself, not all together.
   * @throws STORE_REBUILDING when a shard lost its data; STORE_UNAVAILABLE when one gave no answer, what the others did stays
   */
  async runAll(incarnation: string, script: ShardScript, call: ShardsCall): Promise<readonly unknown[]> {
    if (this.#connection.hasSlots) return await this.#runApart(incarnation, script, call);
    const answers = await this.#connection.run(script.forEach, [], this.#together(incarnation, call));
    const list: readonly unknown[] = Array.isArray(answers) ? answers : [];
    return call.parts.map(({ shard }, at) => this.#checked(shard, list[at]));
  }

  /** In all shards, with nothing that only one has. */
  runInAll(incarnation: string, script: ShardScript, call: Omit<ShardsCall, "parts">): Promise<readonly unknown[]> {
    return this.runAll(incarnation, script, { ...call, parts: this.all.map((_, shard) => ({ shard, args: [] })) });
  }

  /** For what needs no shard to be whole. */
  async runAnywhere(script: LuaScript, keys: readonly string[], args: readonly RedisArgument[]): Promise<unknown> {
    return await this.#connection.run(script, keys, args);
  }

  #runApart(incarnation: string, script: LuaScript, { keys, shared, parts }: ShardsCall): Promise<readonly unknown[]> {
    const calls = parts.map(({ shard, args }) =>
      this.run(incarnation, script, { shard, keys: keys(this.keysOf(shard)), args: [...shared, ...args] }),
    );
    return allOf(calls);
  }

  #together(incarnation: string, { keys, shared, parts }: ShardsCall): readonly RedisArgument[] {
    const of = this.keysOf(0);
    const names = keys(of).map((key) => key.slice(of.tag.length));
    const list: RedisArgument[] = [names.length, ...names, shared.length + 1, incarnation, ...shared];
    for (const { shard, args } of parts) list.push(this.keysOf(shard).tag, args.length, ...args);
    return list;
  }

  #checked(shard: number, answer: unknown): unknown {
    if (answer instanceof Error) throw this.#connection.unavailable(answer);
    if (!Buffer.isBuffer(answer) || !answer.equals(LOST)) return answer;
    this.#record.forget();
    throw new OnefoldError("STORE_REBUILDING", `Shard ${shard} of the state store in Redis has lost its data.`);
  }
}
