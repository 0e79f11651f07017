/** The checks of `onefold doctor`: what each is, and how they are run. Whoever has more to look at adds checks. */
import { setTimeout as sleep } from "node:timers/promises";
import { OnefoldError } from "../../schema/errors.ts";

/** `warning`: it works, and someone should know. `skipped`: what it needs is not there, which another check tells. */
export type Outcome = "ok" | "warning" | "failed" | "skipped";

/** Of what is not ok, `remedy` says what to do. */
export type CheckResult =
  | { readonly outcome: "ok" | "skipped"; readonly detail: string }
  | { readonly outcome: "warning" | "failed"; readonly detail: string; readonly remedy: string };

export interface Check {
  /** What is looked at, as it stands in the table: `data directory`. */
  readonly name: string;
  /** Where: a path, an address, a topic. Never with a password in it. */
  readonly where: string;
  /** A rejection counts as failed. */
  run(signal: AbortSignal): Promise<CheckResult>;
}

export type CheckReport = Pick<Check, "name" | "where"> & {
  readonly outcome: Outcome;
  readonly detail: string;
  /** Null where there is nothing to do. */
  readonly remedy: string | null;
};

export interface DoctorReport {
  /** No check failed. */
  readonly ok: boolean;
  readonly checks: readonly CheckReport[];
}

export interface RunOptions {
  readonly signal: AbortSignal;
  /** A check that has not answered by then has failed. @default 15,000 ms */
  readonly timeoutMs?: number;
}

/** One after the other, so that none disturbs what another measures. */
export async function runChecks(checks: readonly Check[], options: RunOptions): Promise<DoctorReport> {
  const reports: CheckReport[] = [];
  for (const check of checks) {
    options.signal.throwIfAborted();
    const result = await runCheck(check, options);
    const remedy = "remedy" in result ? result.remedy : null;
    const { outcome, detail } = result;
    reports.push({ name: check.name, where: check.where, outcome, detail, remedy });
  }
  return { ok: reports.every(({ outcome }) => outcome !== "failed"), checks: reports };
}

async function runCheck(check: Check, { signal, timeoutMs = 15_000 }: RunOptions): Promise<CheckResult> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const late = sleep(timeoutMs, failed(`There was no answer within ${String(timeoutMs)} ms.`, silent), {
    signal: over.signal,
  }).catch(() => failed("It was given up.", silent));
  try {
    return await Promise.race([check.run(either), late]);
  } catch (fault) {
    signal.throwIfAborted();
    const remedy = fault instanceof OnefoldError ? fault.remedy : "See whether it runs, and can be reached from here.";
    return failed(fault instanceof Error ? fault.message : String(fault), remedy);
  } finally {
    over.abort();
  }
}

const silent = "See whether it runs, and whether something between here and there holds it up.";

export function ok(detail: string): CheckResult {
  return { outcome: "ok", detail };
}

export function failed(detail: string, remedy: string): CheckResult {
  return { outcome: "failed", detail, remedy };
}

export function warning(detail: string, remedy: string): CheckResult {
  return { outcome: "warning", detail, remedy };
}
