/** Waits until everything that the log already holds is applied, so that what comes next can be counted by itself. */
import type { Engine } from "../profiles/engine.ts";
import type { ReportProgress } from "./conflated-updates.ts";
import { logEnds } from "./log-ends.ts";
import { waitUntilApplied } from "./wait-until-applied.ts";

export async function catchUp(
  engine: Engine,
  topics: readonly string[],
  { report, signal }: { readonly report: ReportProgress; readonly signal: AbortSignal },
): Promise<void> {
  const onStep = (reason: string | null): void => {
    const note = reason ?? "applying what came before";
    report({ step: "reading", unit: "records", done: 0, total: null, note });
  };
  const standing = "Nothing of this was taken in; what came before is in the log";
  await waitUntilApplied(engine, await logEnds(engine.log, topics), { signal, onStep, standing });
}
