/** `ingest push`: a body of events goes to the log, as over HTTP; done when the stores include them. */
import { decodeCursor } from "../../schema/cursor.ts";
import { OnefoldError } from "../../schema/errors.ts";
import { createPushSource, type PushResult } from "../../ingest/sources/push/index.ts";
import type { Engine } from "../profiles/engine.ts";
import { catchUp } from "./catch-up.ts";
import type { ReportProgress } from "./conflated-updates.ts";
import { findSource } from "./find-source.ts";
import type { OperationRequest, PushOperationResult } from "./operation.ts";
import { ingestResult, tallyOf } from "./tally-difference.ts";
import { waitUntilApplied } from "./wait-until-applied.ts";

type Request = Extract<OperationRequest, { kind: "push" }>;

export const PUSH_PRODUCER = "cli-push";
const MAX_REFUSED = 100;

/** At most one at a time: tallies are kept by producer. */
export async function pushOperation(
  engine: Engine,
  request: Request,
  run: { readonly report: ReportProgress; readonly signal: AbortSignal },
): Promise<PushOperationResult> {
  const source = findSource(engine.platform, request.source);
  const started = performance.now();
  await catchUp(engine, [source.topic], run);
  const before = await tallyOf(engine, PUSH_PRODUCER);
  const body = Buffer.from(request.body, "base64");
  const options = { contentType: request.contentType, producer: PUSH_PRODUCER };
  const answer = await createPushSource(engine).push(source.name, body, options);
  if (answer.status !== 200) {
    const { code, message, remedy } = answer.body.error;
    throw new OnefoldError(code, message, { remedy });
  }
  const { results, cursor } = answer.body;
  await waitUntilApplied(engine, decodeCursor(cursor), { signal: run.signal });
  const counts = { read: results.length, appended: results.length, seconds: (performance.now() - started) / 1000 };
  const refused = results.flatMap((result) => describeRefused(source.name, result)).slice(0, MAX_REFUSED);
  return { ...ingestResult(counts, before, await tallyOf(engine, PUSH_PRODUCER)), refused };
}

function describeRefused(source: string, result: PushResult): PushOperationResult["refused"] {
  if (result.status !== "quarantined") return [];
  const { index, partition, offset, rule, reason } = result;
  return [{ index, id: `${source}:${partition}:${offset}`, rule, reason }];
}
