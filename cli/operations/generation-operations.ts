/** `generations`: which generations of models there are; going back to one that was kept, and dropping it. */
import type { GenerationRecord } from "../../stores/ports/state-store.ts";
import type { Engine } from "../profiles/engine.ts";
import type { ReportProgress } from "./conflated-updates.ts";
import type { GenerationList, ReplayResult } from "./operation.ts";
import { switchOver } from "./replay-operation.ts";

type Role = GenerationList["generations"][number]["role"];

export async function listGenerations(engine: Pick<Engine, "state" | "platform">): Promise<GenerationList> {
  const record = await engine.state.generations();
  const all = Object.entries(record?.fingerprints ?? {});
  return {
    generations: all.map(([id, fingerprint]) => ({
      generation: Number(id),
      role: record === null ? "abandoned" : roleOf(record, Number(id)),
      declared: fingerprint === engine.platform.fingerprint,
    })),
  };
}

/** Switches to a kept generation once it includes what the serving one does; that one is kept in its place. */
export async function serveGeneration(
  engine: Engine,
  generation: number,
  run: { readonly report: ReportProgress; readonly signal: AbortSignal },
): Promise<ReplayResult> {
  return switchOver(engine, engine.replay(run.signal, { kept: generation, keep: true }), run);
}

export async function dropGeneration(engine: Engine, generation: number): Promise<GenerationList> {
  await engine.dropGeneration(generation);
  return listGenerations(engine);
}

function roleOf({ serving, next, kept = [] }: GenerationRecord, id: number): Role {
  if (id === serving) return "serving";
  if (id === next) return "building";
  return kept.includes(id) ? "kept" : "abandoned";
}
