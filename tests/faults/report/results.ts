/** Results of fault runs, each a file of JSON until the report is written from them. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "../../../node_modules/.cache/onefold/faults");

/** One fault on one profile, as the report shows it. */
export interface FaultResult {
  /** Its number in the table of faults. */
  readonly fault: number;
  readonly name: string;
  readonly profile: "embedded" | "distributed";
  readonly seed: number;
  /** How often the fault happened. */
  readonly rounds: number;
  readonly events: number;
  /** The longest time from the end of the fault until everything was answered. */
  readonly recoveredMs: number;
  readonly differences: number;
  /** What proves that the fault happened, in a few words. */
  readonly proof: string;
}

/** Keeps a result under its name; a later one replaces it. */
export function writeResult(name: string, result: unknown): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(result, null, 2)}\n`);
}

export function writeFaultResult(result: FaultResult): void {
  const number = String(result.fault).padStart(2, "0");
  writeResult(`fault-${number}-${result.profile}-${result.name.replaceAll(/[^a-z0-9]+/gi, "-")}`, result);
}

/** The results whose name begins like this, in name order. */
export function readResults(prefix: string): readonly unknown[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith(prefix))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as unknown);
}

export function forgetResults(): void {
  rmSync(folder, { recursive: true, force: true });
}
