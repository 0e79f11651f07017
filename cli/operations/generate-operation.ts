/** `generate`: believable events go to the log; done when the stores include them. */
import { runGenerator } from "../../ingest/generator/index.ts";
import type { Progress } from "../../ingest/progress.ts";
import type { Engine } from "../profiles/engine.ts";
import { catchUp } from "./catch-up.ts";
import type { ReportProgress } from "./conflated-updates.ts";
import { findSource } from "./find-source.ts";
import type { GenerateResult, OperationRequest } from "./operation.ts";
import { ingestResult, processed, tallyOf } from "./tally-difference.ts";
import { waitUntilApplied } from "./wait-until-applied.ts";

type Request = Extract<OperationRequest, { kind: "generate" }>;

export const GENERATE_PRODUCER = "cli-generate";

/** At most one at a time: tallies are kept by producer. */
export async function generateOperation(
  engine: Engine,
  request: Request,
  run: { readonly report: ReportProgress; readonly signal: AbortSignal },
): Promise<GenerateResult> {
  const { report, signal } = run;
  const { platform, log, clock } = engine;
  const sources = request.source === null ? platform.sources : [findSource(platform, request.source)];
  const started = performance.now();
  const topics = sources.map(({ topic }) => topic);
  await catchUp(engine, topics, run);
  const before = await tallyOf(engine, GENERATE_PRODUCER);
  const { events, seed, source, rate: ratePerSecond } = request;
  const onProgress = ({ recordsRead, totalRecords }: Progress): void =>
    report({ step: "generating", unit: "events", done: recordsRead, total: totalRecords ?? null });
  const { appended, cursor, note } = await runGenerator(
    { log, platform, clock, signal, onProgress },
    { events, seed, source, ratePerSecond, producer: GENERATE_PRODUCER },
  );
  const applying = async (reason: string | null): Promise<void> => {
    const done = processed(await tallyOf(engine, GENERATE_PRODUCER)) - processed(before);
    const why = reason === null ? {} : { note: reason };
    report({ step: "applying", unit: "events", done, total: appended, ...why });
  };
  await waitUntilApplied(engine, cursor, { signal, onStep: applying });
  const seconds = (performance.now() - started) / 1000;
  const counts = ingestResult({ read: appended, appended, seconds }, before, await tallyOf(engine, GENERATE_PRODUCER));
  return { ...counts, ...(note === null ? {} : { note }) };
}
