/** `replay`: all models are rebuilt beside those that serve, which are then switched over. */
import { setTimeout as sleep } from "node:timers/promises";
import { OnefoldError } from "../../schema/errors.ts";
import type { PlatformModel } from "../../schema/model/platform.ts";
import type { Engine } from "../profiles/engine.ts";
import type { ReportProgress } from "./conflated-updates.ts";
import type { OperationRequest, ReplayResult } from "./operation.ts";
import { standstillReason } from "./standstill-reason.ts";

type Request = Extract<OperationRequest, { kind: "replay" }>;

export async function replayOperation(
  engine: Engine,
  { model, keep }: Pick<Request, "model" | "keep">,
  run: { readonly report: ReportProgress; readonly signal: AbortSignal },
): Promise<ReplayResult> {
  if (model !== null) refuseUnknown(engine.platform, model);
  await waitForHealth(engine, run);
  return switchOver(engine, engine.replay(run.signal, { keep }), run);
}

/** Follows a build until its generation serves. */
export async function switchOver(
  engine: Pick<Engine, "generation" | "ingestsHere">,
  build: ReturnType<Engine["replay"]>,
  run: { readonly report: ReportProgress; readonly signal: AbortSignal },
): Promise<ReplayResult> {
  const started = performance.now();
  let events = 0;
  let last = { done: -1, at: started };
  for await (const { done, total } of build) {
    events = total;
    if (done !== last.done) last = { done, at: performance.now() };
    const reason = standstillReason(engine, performance.now() - last.at);
    run.report({ step: "rebuilding", unit: "events", done, total, ...(reason === null ? {} : { note: reason }) });
  }
  run.signal.throwIfAborted();
  const seconds = Math.round(performance.now() - started) / 1000;
  return { generation: engine.generation(), events, seconds };
}

function refuseUnknown(platform: PlatformModel, model: string): void {
  const { entities, series, rankings, events } = platform;
  const names = [...entities, ...series, ...rankings, ...events].map(({ name }) => name);
  if (names.includes(model)) return;
  throw new OnefoldError("INPUT_INVALID", `No model is called ${JSON.stringify(model)}.`, {
    remedy: `One of ${names.join(", ")}; or none, for all models.`,
  });
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
