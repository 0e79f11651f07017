/** `replay`: all models are rebuilt beside those that serve, which are then switched over. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Engine } from "../profiles/engine.ts";
import type { ReportProgress } from "./conflated-updates.ts";
import type { ReplayResult } from "./operation.ts";

export async function replayOperation(
  engine: Engine,
  run: { readonly report: ReportProgress; readonly signal: AbortSignal },
): Promise<ReplayResult> {
  const started = performance.now();
  let events = 0;
  await waitForHealth(engine, run);
  for await (const { done, total } of engine.replay(run.signal)) {
    events = total;
    run.report({ step: "rebuilding", unit: "events", done, total });
  }
  run.signal.throwIfAborted();
  const seconds = Math.round(performance.now() - started) / 1000;
  return { generation: engine.generation(), events, seconds };
}

/** Where the declarations have changed, the engine builds by itself first; two builds at once are refused. */
async function waitForHealth(
  engine: Pick<Engine, "health">,
  { report, signal }: { readonly report: ReportProgress; readonly signal: AbortSignal },
): Promise<void> {
  for (let health = engine.health(); health.status !== "ok"; health = engine.health()) {
    report({ step: "rebuilding", unit: "events", done: 0, total: null, note: health.reasons.join(" ") });
    await sleep(250, undefined, { signal });
  }
}
