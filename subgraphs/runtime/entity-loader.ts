/** Reads entities for one request: resolves identities, then reads all members of one entity type in one store call. */
import type { CursorVector } from "../../schema/cursor.ts";
import type { EntityModel } from "../../schema/model/entity.ts";
import type { ResolvedIdentity } from "../../stores/ports/identity-store.ts";
import { combineValues } from "../../stores/ports/state-algebra.ts";
import type { StateRead } from "../../stores/ports/state-store.ts";
import type { StateValue } from "../../stores/ports/state-value.ts";
import { createLoadBatches } from "./load-batches.ts";
import { loadInGroups } from "./load-in-groups.ts";
import type { ServingStores } from "./serving-deps.ts";

/** The state fields that a selection needs. Equal selections have equal `text`. */
export interface StateSelection {
  readonly text: string;
  readonly fields: readonly string[];
  /** The topics whose events make these fields. */
  readonly topics: readonly string[];
}

export interface EntityLoad {
  readonly entity: EntityModel;
  /** Typed identifier: `member:42`, or any other of the entity's. */
  readonly key: string;
  readonly selection: StateSelection;
  /** Whether the state is read although no field of it is selected, to learn if the entity was ever seen. */
  readonly probe: boolean;
}

export interface LoadedEntity {
  readonly identity: ResolvedIdentity;
  /** The members' values, combined. Null: no member was ever written, or the state was not read. */
  readonly values: ReadonlyMap<string, StateValue> | null;
  /** Null: the state was not read. */
  readonly includes: CursorVector | null;
}

type EntityStores = Pick<ServingStores, "state" | "identity">;

export interface EntityLoader {
  /** As {@link EntityLoader.loadAll}, of one. */
  load(load: EntityLoad): Promise<LoadedEntity>;
  /**
   * Loads made in one turn share one identity read and one state read an entity type. One answer a load, in order: an error
   * for each load whose read failed. What was loaded once is not read again, and what failed is not tried again.
   */
  loadAll(loads: readonly EntityLoad[]): Promise<readonly (LoadedEntity | Error)[]>;
}

/** Opens the loader of one request; `generation` is the one it is pinned to. */
export function createEntityLoader(stores: EntityStores, generation: number): EntityLoader {
  const batches = createLoadBatches((loads) =>
    loadInGroups(
      loads,
      ({ entity }) => entity.name,
      (group) => loadEntities(stores, generation, group),
    ),
  );
  return {
    loadAll: batches,
    async load(load) {
      const [loaded] = await batches([load]);
      if (loaded === undefined || loaded instanceof Error) throw loaded ?? new Error("A load has no answer.");
      return loaded;
    },
  };
}

/** One answer a load of one entity type, in order. */
async function loadEntities(
  stores: EntityStores,
  generation: number,
  loads: readonly [EntityLoad, ...EntityLoad[]],
): Promise<readonly LoadedEntity[]> {
  const entity = loads[0].entity.name;
  const asked = [...new Set(loads.map(({ key }) => key))];
  const resolved = await stores.identity.resolve(entity, asked);
  const identities = new Map(asked.map((key, i) => [key, resolved[i]]));
  const identityOf = (key: string): ResolvedIdentity => identities.get(key) ?? { canonical: key, members: [key] };

  const readers = loads.filter(readsState);
  if (readers.length === 0)
    return loads.map(({ key }) => ({ identity: identityOf(key), values: null, includes: null }));
  const keys = [...new Set(readers.flatMap(({ key }) => identityOf(key).members))];
  const fields = [...new Set(readers.flatMap(({ selection }) => selection.fields))];
  const read = await stores.state.read({ generation, entity, keys, fields });
  const valuesOf = combineMembers(keys, read);
  return loads.map((load) => {
    const identity = identityOf(load.key);
    if (!readsState(load)) return { identity, values: null, includes: null };
    return { identity, values: valuesOf(identity), includes: read.includes };
  });
}

function readsState({ selection, probe }: EntityLoad): boolean {
  return probe || selection.fields.length > 0;
}

/** Gives the combination of an identity's members: null if none was ever written. Each identity is combined once. */
function combineMembers(
  keys: readonly string[],
  read: StateRead,
): (identity: ResolvedIdentity) => ReadonlyMap<string, StateValue> | null {
  const byKey = new Map(keys.map((key, i) => [key, read.entities[i] ?? null]));
  const combined = new Map<string, ReadonlyMap<string, StateValue> | null>();
  return (identity) => {
    const known = combined.get(identity.canonical);
    if (known !== undefined) return known;
    let sum: ReadonlyMap<string, StateValue> | null = null;
    for (const member of identity.members) sum = combineEntities(sum, byKey.get(member) ?? null);
    combined.set(identity.canonical, sum);
    return sum;
  };
}

function combineEntities(
  a: ReadonlyMap<string, StateValue> | null,
  b: ReadonlyMap<string, StateValue> | null,
): ReadonlyMap<string, StateValue> | null {
  if (a === null || b === null) return a ?? b;
  const out = new Map(a);
  for (const [field, value] of b) {
    const other = out.get(field);
    out.set(field, other === undefined ? value : combineValues(other, value));
  }
  return out;
}
