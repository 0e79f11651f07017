/** `replay`: all models are rebuilt beside those that serve, which are then switched over. */
import type { Engine } from "../profiles/engine.ts";
import type { ReportProgress } from "./conflated-updates.ts";
import type { ReplayResult } from "./operation.ts";

export async function replayOperation(
  engine: Engine,
  run: { readonly report: ReportProgress; readonly signal: AbortSignal },
): Promise<ReplayResult> {
  const started = performance.now();
  let events = 0;
  for await (const { done, total } of engine.replay(run.signal)) {
    events = total;
    run.report({ step: "rebuilding", unit: "events", done, total });
  }
  run.signal.throwIfAborted();
  const seconds = Math.round(performance.now() - started) / 1000;
  return { generation: engine.generation(), events, seconds };
}
