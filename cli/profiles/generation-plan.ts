/** Decides which generation of models to feed and serve, given what is stored and what is declared. */
import type { PlatformModel } from "../../schema/model/platform.ts";
import type { GenerationRecord, StateStore } from "../../stores/ports/state-store.ts";

export interface GenerationPlan {
  readonly record: GenerationRecord;
  /** The generation that fits the declarations: the serving one, or one that must be built first. */
  readonly target: number;
}

/**
 * A fresh store gets generation 1. Where the declarations changed since, the next generation is noted and becomes the
 * target: it is built from history and log, and serves once {@link serveBuild} says so. Interrupted, the same target is
 * found again; other unfinished ones are forgotten.
 */
export async function planGeneration(state: StateStore, platform: PlatformModel): Promise<GenerationPlan> {
  for (;;) {
    const known = await state.generations();
    const next = nextRecord(known, platform.fingerprint);
    if (next.record === known) return { record: known, target: next.target };
    if (await state.serve(next.record, known?.version ?? 0)) return next;
  }
}

function nextRecord(known: GenerationRecord | null, fingerprint: string): GenerationPlan {
  if (known === null) return { record: { version: 1, serving: 1, fingerprints: { 1: fingerprint } }, target: 1 };
  const serving = known.fingerprints[String(known.serving)];
  if (serving === fingerprint) return { record: known, target: known.serving };
  const built = Object.entries(known.fingerprints).find(([, of]) => of === fingerprint);
  if (built !== undefined) return { record: known, target: Number(built[0]) };
  const target = newGeneration(known);
  const fingerprints = { [known.serving]: serving ?? "", [target]: fingerprint };
  return { record: { version: known.version + 1, serving: known.serving, fingerprints }, target };
}

/** The version of the record that names it first, so that no id is ever given twice: not even after a build was abandoned. */
function newGeneration(known: GenerationRecord): number {
  return Math.max(known.version, ...Object.keys(known.fingerprints).map(Number)) + 1;
}

/** Notes a further generation of the same declarations, to be built beside the serving one. */
export async function planRebuild(state: StateStore): Promise<number> {
  for (;;) {
    const known = await state.generations();
    if (known === null) throw new TypeError("A store without generations cannot be rebuilt.");
    const target = newGeneration(known);
    const fingerprint = known.fingerprints[String(known.serving)] ?? "";
    const fingerprints = { [known.serving]: fingerprint, [target]: fingerprint };
    if (await state.serve({ version: known.version + 1, serving: known.serving, fingerprints }, known.version))
      return target;
  }
}

/** Makes a built generation the serving one. The others stay until {@link forgetOthers}. */
export async function serveBuild(state: StateStore, target: number): Promise<void> {
  for (;;) {
    const known = await state.generations();
    if (known === null) throw new TypeError("A store without generations has none to serve.");
    if (!(String(target) in known.fingerprints))
      throw new TypeError(`Generation ${String(target)} is not being built.`);
    if (await state.serve({ ...known, version: known.version + 1, serving: target }, known.version)) return;
  }
}

/** Drops all generations but these. Answers which were dropped. */
export async function forgetOthers(state: StateStore, kept: readonly number[]): Promise<readonly number[]> {
  for (;;) {
    const known = await state.generations();
    const all = Object.entries(known?.fingerprints ?? {});
    const forgotten = all.map(([id]) => Number(id)).filter((id) => !kept.includes(id));
    if (known === null || forgotten.length === 0) return [];
    const fingerprints = Object.fromEntries(all.filter(([id]) => kept.includes(Number(id))));
    if (await state.serve({ ...known, version: known.version + 1, fingerprints }, known.version)) return forgotten;
  }
}

/** Forgets one generation, unless it serves. */
export async function forgetGeneration(state: StateStore, target: number): Promise<void> {
  for (;;) {
    const known = await state.generations();
    if (known === null || known.serving === target || !(String(target) in known.fingerprints)) return;
    const fingerprints = Object.fromEntries(Object.entries(known.fingerprints).filter(([id]) => Number(id) !== target));
    if (await state.serve({ ...known, version: known.version + 1, fingerprints }, known.version)) return;
  }
}
