/** What became of each producer's records, kept in the state store as an entity of its own: exact, and known to every process. */
import { SHARDS, shardOf } from "../../schema/model/entity-key.ts";
import type { EntityMutations } from "../../stores/ports/state-store.ts";
import type { StateStore } from "../../stores/ports/state-store.ts";
import type { Mutation, StateValue } from "../../stores/ports/state-value.ts";

/** Outcomes of one producer's records. */
export interface Tally {
  readonly applied: number;
  readonly duplicates: number;
  readonly quarantined: number;
  /** Of those applied, how many were later than their event's bound. */
  readonly late: number;
}

export type Outcome = keyof Tally;

export const emptyTally: Tally = { applied: 0, duplicates: 0, quarantined: 0, late: 0 };

/** No declared type begins with two underscores. */
const ENTITY = "__Producer";
const OUTCOMES: readonly Outcome[] = ["applied", "duplicates", "quarantined", "late"];

interface Count {
  readonly producer: string;
  readonly shard: number;
  readonly counts: { -readonly [K in Outcome]: number };
}

/** The outcomes of one batch. A shard counts only what it does not include yet, as with all that is in it. */
export class OutcomeTallies {
  readonly #byProducer = new Map<string, Count>();
  #last: Count | null = null;

  /** A late event is applied, too. */
  count(producer: string, outcome: Outcome, at: { readonly offset: number; readonly fences: readonly number[] }): void {
    const count = this.#last?.producer === producer ? this.#last : this.#countOf(producer);
    if (at.offset < (at.fences[count.shard] ?? 0)) return;
    count.counts[outcome]++;
    if (outcome === "late") count.counts.applied++;
  }

  /** By shard; null where there is nothing. */
  byShard(): readonly (readonly EntityMutations[] | null)[] {
    const shards: (EntityMutations[] | null)[] = Array.from({ length: SHARDS }, () => null);
    for (const { producer, shard, counts } of this.#byProducer.values()) {
      const mutations = OUTCOMES.filter((outcome) => counts[outcome] > 0).map((field): Mutation => ({
        field,
        operation: "add",
        amount: counts[field],
      }));
      if (mutations.length > 0) (shards[shard] ??= []).push({ entity: ENTITY, key: producer, mutations });
    }
    return shards;
  }

  #countOf(producer: string): Count {
    let count = this.#byProducer.get(producer);
    if (count === undefined) {
      count = { producer, shard: shardOf(ENTITY, producer), counts: { ...emptyTally } };
      this.#byProducer.set(producer, count);
    }
    return (this.#last = count);
  }
}

/** Reads the outcomes of producers since the generation was begun, in their order. */
export async function readTallies(
  state: Pick<StateStore, "read">,
  generation: number,
  producers: readonly string[],
): Promise<readonly Tally[]> {
  if (producers.length === 0) return [];
  const { entities } = await state.read({ generation, entity: ENTITY, keys: producers, fields: null });
  return entities.map((values) => ({
    applied: amountOf(values?.get("applied")),
    duplicates: amountOf(values?.get("duplicates")),
    quarantined: amountOf(values?.get("quarantined")),
    late: amountOf(values?.get("late")),
  }));
}

function amountOf(value: StateValue | undefined): number {
  return value?.operation === "add" ? Number(value.amount) : 0;
}
