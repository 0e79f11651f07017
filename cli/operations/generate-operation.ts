/** placeholder until the generator is there */
import type { Engine } from "../profiles/engine.ts";
import type { ReportProgress } from "./conflated-updates.ts";
import type { IngestResult, OperationRequest } from "./operation.ts";
export const GENERATE_PRODUCER = "cli-generate";
type Request = Extract<OperationRequest, { kind: "generate" }>;
export async function generateOperation(
  _engine: Engine,
  _request: Request,
  _run: { readonly report: ReportProgress; readonly signal: AbortSignal },
): Promise<IngestResult> {
  return { read: 0, applied: 0, duplicates: 0, quarantined: 0, seconds: 0 };
}
