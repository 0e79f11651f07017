/** Gathers loads of entities that one turn of the event loop asks for, and remembers what was loaded. */
import type { EntityLoad, LoadedEntity } from "./entity-loader.ts";

type Loaded = LoadedEntity | Error;

/** A load that somebody asked for: it has its answer once its batch is done. */
interface Entry {
  readonly load: EntityLoad;
  readonly batch: Batch;
  loaded: Loaded | undefined;
}

interface Batch {
  readonly entries: Entry[];
  /** Undefined once all entries have their answers. */
  pending: Promise<void> | undefined;
}

/** `read` gives one answer a load, in order, and does not reject. */
export function createLoadBatches(
  read: (loads: readonly EntityLoad[]) => Promise<readonly Loaded[]>,
): (loads: readonly EntityLoad[]) => Promise<readonly Loaded[]> {
  const known = new Map<string, Entry>();
  let open: Batch | undefined;

  const openBatch = (): Batch => {
    const batch: Batch = { entries: [], pending: undefined };
    batch.pending = endOfTurn().then(async () => {
      open = undefined;
      const loaded = await read(batch.entries.map(({ load }) => load));
      batch.entries.forEach((entry, i) => (entry.loaded = loaded[i]));
      batch.pending = undefined;
    });
    return batch;
  };
  const entryOf = (load: EntityLoad): Entry => {
    const name = `${load.entity.name}|${load.selection.text}|${load.probe ? "1" : "0"}|${load.key}`;
    let entry = known.get(name);
    if (entry === undefined) {
      open ??= openBatch();
      entry = { load, batch: open, loaded: undefined };
      open.entries.push(entry);
      known.set(name, entry);
    }
    return entry;
  };

  return async (loads) => {
    const entries = loads.map(entryOf);
    for (const { batch } of entries) if (batch.pending !== undefined) await batch.pending;
    return entries.map(({ loaded }) => loaded ?? new Error("A store gave fewer answers than were asked."));
  };
}

/** Behind all promises that are settled by now: what fields of one level ask for is one turn. */
function endOfTurn(): Promise<void> {
  return new Promise((resolve) => void Promise.resolve().then(() => process.nextTick(resolve)));
}
