/**
 * Fans one subscription of the change feed out to all watchers of entities, by (entity, key).
 *
 *     change feed ──> hub ──┬─ Consumer ─┬─ member:42 ──> watch, watch
 *                           │            └─ device:7 ───> watch
 *                           └─ Item ──────  item:1 ─────> watch
 *
 * The feed is followed only while somebody watches. A batch costs one look-up a key, of watched entity types only.
 */
import { partitionKey, type CursorVector } from "../../schema/cursor.ts";
import { OnefoldError } from "../../schema/errors.ts";
import type { ChangeBatch } from "../../stores/ports/change-feed.ts";
import type { ServingStores } from "./serving-deps.ts";

/** "The entity changed": how far the changes reach that this notice stands for. */
export interface ChangeNotice {
  readonly cursor: CursorVector;
}

/**
 * Changes of one entity from the moment it was opened. Holds one notice: changes that nobody has taken yet become one.
 * Returning it releases it, also while it waits. It fails if the feed does.
 */
export type ChangeWatch = AsyncIterableIterator<ChangeNotice>;

export interface ChangeHub {
  /** Watches the members of one entity. Every batch published after this resolves gives a notice. */
  watch(entity: string, keys: readonly string[]): Promise<ChangeWatch>;
}

export function createChangeHub(changes: ServingStores["changes"]): ChangeHub {
  const watchers = new Map<string, Map<string, Set<Watcher>>>();
  let run: FeedRun | null = null;

  const deliver = (batch: ChangeBatch): void => {
    const touched = new Set<Watcher>();
    for (const { entity, keys } of batch.entities) {
      const byKey = watchers.get(entity);
      if (byKey === undefined) continue;
      for (const key of keys) for (const watcher of byKey.get(key) ?? []) touched.add(watcher);
    }
    const place = partitionKey(batch.topic, batch.partition);
    for (const watcher of touched) watcher.notify(place, batch.to);
  };

  const add = (watcher: Watcher): void => {
    const byKey = watchers.get(watcher.entity) ?? new Map<string, Set<Watcher>>();
    watchers.set(watcher.entity, byKey);
    for (const key of watcher.keys) byKey.set(key, (byKey.get(key) ?? new Set()).add(watcher));
  };

  const remove = (watcher: Watcher): void => {
    const byKey = watchers.get(watcher.entity);
    for (const key of watcher.keys) {
      const set = byKey?.get(key);
      set?.delete(watcher);
      if (set?.size === 0) byKey?.delete(key);
    }
    if (byKey?.size === 0) watchers.delete(watcher.entity);
    if (watchers.size > 0) return;
    run?.stop();
    run = null;
  };

  /** Ends all watches; the next one follows the feed anew. */
  const fail = (failed: FeedRun, error: unknown): void => {
    if (run !== failed) return;
    run = null;
    const all = new Set([...watchers.values()].flatMap((byKey) => [...byKey.values()].flatMap((set) => [...set])));
    watchers.clear();
    for (const watcher of all) watcher.fail(error);
  };

  return {
    async watch(entity, keys) {
      const watcher = createWatcher(entity, new Set(keys), remove);
      add(watcher);
      run ??= followFeed(changes, deliver, fail);
      try {
        await run.started;
      } catch (error) {
        remove(watcher);
        throw error;
      }
      return watcher.watch;
    },
  };
}

interface FeedRun {
  /** Resolves when the position in the feed is fixed. */
  readonly started: Promise<void>;
  stop(): void;
}

function followFeed(
  changes: ServingStores["changes"],
  deliver: (batch: ChangeBatch) => void,
  fail: (run: FeedRun, error: unknown) => void,
): FeedRun {
  const abort = new AbortController();
  const { signal } = abort;
  const position = changes.ends();
  const run: FeedRun = { started: position.then(() => {}), stop: () => abort.abort() };
  const follow = async (): Promise<void> => {
    for await (const batch of changes.subscribe({ after: await position, signal })) {
      if (signal.aborted) return;
      deliver(batch);
    }
    if (!signal.aborted) throw new OnefoldError("STORE_UNAVAILABLE", "The change feed ended by itself.");
  };
  follow().catch((error: unknown) => {
    if (!signal.aborted) fail(run, error);
  });
  return run;
}

interface Watcher {
  readonly entity: string;
  readonly keys: ReadonlySet<string>;
  readonly watch: ChangeWatch;
  notify(place: string, to: number): void;
  fail(error: unknown): void;
}

type Turn = IteratorResult<ChangeNotice, undefined>;
const done: Turn = { done: true, value: undefined };

function createWatcher(entity: string, keys: ReadonlySet<string>, release: (watcher: Watcher) => void): Watcher {
  let pending: Record<string, number> | null = null;
  let waiting: { resolve(turn: Turn): void; reject(error: unknown): void } | null = null;
  let end: { readonly error: unknown } | "returned" | null = null;

  const take = (notice: Record<string, number>): Turn => ({ done: false, value: { cursor: notice } });
  const watch: ChangeWatch = {
    next() {
      if (pending !== null) {
        const notice = pending;
        pending = null;
        return Promise.resolve(take(notice));
      }
      if (end === "returned") return Promise.resolve(done);
      if (end !== null) {
        const { error } = end;
        end = "returned";
        return Promise.reject(error instanceof Error ? error : new Error(String(error)));
      }
      return new Promise<Turn>((resolve, reject) => (waiting = { resolve, reject }));
    },
    return() {
      if (end !== "returned") release(watcher);
      end = "returned";
      pending = null;
      waiting?.resolve(done);
      waiting = null;
      return Promise.resolve(done);
    },
    [Symbol.asyncIterator]: () => watch,
  };
  const watcher: Watcher = {
    entity,
    keys,
    watch,
    notify(place, to) {
      if (waiting === null) {
        pending = { ...pending, [place]: to };
        return;
      }
      waiting.resolve(take({ [place]: to }));
      waiting = null;
    },
    fail(error) {
      if (waiting === null) end = { error };
      else {
        end = "returned";
        waiting.reject(error);
        waiting = null;
      }
    },
  };
  return watcher;
}
