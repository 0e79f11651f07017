/** Keeps an eye on the generation record, so that every process follows a switch that another one made. */
import { setTimeout as sleep } from "node:timers/promises";
import type { GenerationRecord, StateStore } from "../../../stores/ports/state-store.ts";

export interface GenerationWatch extends AsyncDisposable {
  /** As it was last seen; null: the store has none. */
  readonly record: GenerationRecord | null;
  /** Why the record could not be read of late; null: it could. */
  readonly fault: string | null;
  /** Reads it now. @throws what the store throws */
  refresh(): Promise<GenerationRecord | null>;
  /** Called with each record that differs from the one before, until the returned function is called. */
  listen(listener: (record: GenerationRecord | null) => void): () => void;
}

/** Reads the record once before it resolves, and again every `intervalMs` (default 500). */
export async function watchGenerations(
  state: Pick<StateStore, "generations">,
  { intervalMs = 500 }: { readonly intervalMs?: number } = {},
): Promise<GenerationWatch> {
  let record = await state.generations();
  let fault: string | null = null;
  const listeners = new Set<(record: GenerationRecord | null) => void>();
  const closing = new AbortController();

  const refresh = async (): Promise<GenerationRecord | null> => {
    try {
      const seen = await state.generations();
      const changed = seen?.version !== record?.version;
      record = seen;
      fault = null;
      if (changed) for (const listener of listeners) listener(seen);
      return seen;
    } catch (error) {
      fault = error instanceof Error ? error.message : String(error);
      throw error;
    }
  };
  const run = async (): Promise<void> => {
    const { signal } = closing;
    while (!signal.aborted) {
      await sleep(intervalMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (!signal.aborted) await refresh().catch(() => undefined);
    }
  };
  const running = run();

  return {
    get record() {
      return record;
    },
    get fault() {
      return fault;
    },
    refresh,
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await running;
    },
  };
}
