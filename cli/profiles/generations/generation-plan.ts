/** Decides which generation of models to feed and serve, given what is stored and what is declared. */
import { setTimeout as sleep } from "node:timers/promises";
import { OnefoldError } from "../../../schema/errors.ts";
import type { PlatformModel } from "../../../schema/model/platform.ts";
import type { GenerationRecord, StateStore } from "../../../stores/ports/state-store.ts";

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

export interface StoresFound {
  /** Whether the state store has all that it was given: what was lost is built anew from history and log. */
  readonly isWhole: () => Promise<boolean>;
  /** The generations that the series store holds: the history of one is read where the record is gone. */
  readonly stored: () => Promise<readonly number[]>;
}

/** Longer than another process takes to begin shards for a record that it has just written. */
const SETTLE_MS = 500;

/**
 * Makes sure that a generation of these declarations serves, or is noted as the one to build, where state and series are
 * kept apart. Several processes may do so at once, in an empty store too: what another one has just begun is not taken
 * for one that lost something.
 */
export async function ensureGeneration(
  state: StateStore,
  platform: PlatformModel,
  found: StoresFound,
): Promise<GenerationRecord> {
  for (;;) {
    const known = await state.generations();
    const whole = await found.isWhole();
    if (known !== null && !whole && !(await staysLost(state, known, found))) continue;
    const stored = await found.stored();
    const ensured = ensuredRecord(known, platform.fingerprint, { whole, stored });
    if (ensured === known || (await state.serve(ensured, known?.version ?? 0))) return ensured;
  }
}

/** Whether what is missing beside this record is missing still when whoever wrote it has had time to begin it. */
async function staysLost(state: StateStore, { version }: GenerationRecord, found: StoresFound): Promise<boolean> {
  await sleep(SETTLE_MS);
  return (await state.generations())?.version === version && !(await found.isWhole());
}

function ensuredRecord(
  known: GenerationRecord | null,
  fingerprint: string,
  { whole, stored }: { readonly whole: boolean; readonly stored: readonly number[] },
): GenerationRecord {
  if (known === null && stored.length === 0) return { version: 1, serving: 1, fingerprints: { 1: fingerprint } };
  if (known === null || !whole) return rebuildOfLost(known, fingerprint, stored);
  if (known.fingerprints[String(known.serving)] === fingerprint) return known;
  const built = Object.entries(known.fingerprints).find(([, of]) => of === fingerprint);
  if (built !== undefined && known.next === Number(built[0])) return known;
  const next = built === undefined ? newGeneration(known) : Number(built[0]);
  const fingerprints = { [known.serving]: known.fingerprints[String(known.serving)] ?? "", [next]: fingerprint };
  return { version: known.version + 1, serving: known.serving, fingerprints, next };
}

/** Of the generation that served only the history is left: it answers no more, since no declarations have its fingerprint. */
function rebuildOfLost(
  known: GenerationRecord | null,
  fingerprint: string,
  stored: readonly number[],
): GenerationRecord {
  const serving = known?.serving ?? Math.max(...stored);
  const next = Math.max(serving, ...stored, known === null ? 0 : newGeneration(known) - 1) + 1;
  return {
    version: Math.max(next, (known?.version ?? 0) + 1),
    serving,
    fingerprints: { [serving]: "", [next]: fingerprint },
    next,
  };
}

/** Notes that a further generation of the same declarations, or the one that is kept, is to be built and then to serve. */
export async function planNext(
  state: StateStore,
  { fingerprint }: PlatformModel,
  options: { readonly kept?: number; readonly keep: boolean },
): Promise<number> {
  for (;;) {
    const known = await state.generations();
    const serving = known?.fingerprints[String(known.serving)];
    if (known === null || serving !== fingerprint || known.next !== undefined) {
      throw new OnefoldError("INPUT_INVALID", "Models are being rebuilt already.");
    }
    const next = options.kept ?? newGeneration(known);
    if (
      options.kept !== undefined &&
      (!(known.kept ?? []).includes(next) || known.fingerprints[String(next)] !== fingerprint)
    ) {
      throw new OnefoldError("INPUT_INVALID", `Generation ${String(next)} is not kept, or follows other declarations.`);
    }
    const fingerprints = { [known.serving]: serving, [next]: fingerprint };
    const keeping = options.keep ? { keepServing: true } : {};
    const planned = { version: known.version + 1, serving: known.serving, fingerprints, next, ...keeping };
    if (await state.serve(planned, known.version)) return next;
  }
}

/** Gives up what is being built; what was kept to go back to is kept on. */
export async function cancelNext(state: StateStore, target: number, wasKept: boolean): Promise<void> {
  if (!wasKept) return forgetGeneration(state, target);
  for (;;) {
    const known = await state.generations();
    if (known?.next !== target) return;
    const { version, serving, fingerprints } = known;
    if (await state.serve({ version: version + 1, serving, fingerprints, kept: [target] }, version)) return;
  }
}

/** Lets the built generation serve. The one before is kept where it follows other declarations, or where that was asked for. */
export async function serveNext(state: StateStore, target: number): Promise<void> {
  for (;;) {
    const known = await state.generations();
    if (known?.next !== target) return;
    const { version, serving, fingerprints } = known;
    const before = fingerprints[String(serving)] ?? "";
    const keeps = known.keepServing === true || (before !== "" && before !== fingerprints[String(target)]);
    const record = { version: version + 1, serving: target, fingerprints, ...(keeps ? { kept: [serving] } : {}) };
    if (await state.serve(record, version)) return;
  }
}

/** What a record names but neither serves, nor builds, nor keeps: to be dropped once no request can still read it. */
export function abandoned({ serving, next, kept = [], fingerprints }: GenerationRecord): readonly number[] {
  return Object.keys(fingerprints)
    .map(Number)
    .filter((id) => id !== serving && id !== next && !kept.includes(id));
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

/** Forgets a generation that was kept to go back to. @throws OnefoldError INPUT_INVALID for any other one */
export async function dropKept(state: StateStore, generation: number): Promise<void> {
  const known = await state.generations();
  if (known?.kept?.includes(generation) === true) return forgetGeneration(state, generation);
  throw new OnefoldError("INPUT_INVALID", `Generation ${String(generation)} is not kept: there is nothing to drop.`, {
    remedy: "`onefold generations` lists what is there.",
  });
}

/** Forgets one generation, unless it serves. */
export async function forgetGeneration(state: StateStore, target: number): Promise<void> {
  for (;;) {
    const known = await state.generations();
    if (known === null || known.serving === target || !(String(target) in known.fingerprints)) return;
    const fingerprints = Object.fromEntries(Object.entries(known.fingerprints).filter(([id]) => Number(id) !== target));
    const { next, kept, ...rest } = known;
    const others = {
      ...(next === undefined || next === target ? {} : { next }),
      ...(kept === undefined ? {} : { kept: kept.filter((id) => id !== target) }),
    };
    const record = { ...rest, ...others, version: known.version + 1, fingerprints };
    if (await state.serve(record, known.version)) return;
  }
}
