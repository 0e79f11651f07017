/** Results of fault runs, each a file of JSON in the folder of one run: what the report is written from. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isFull } from "../harness/fault-scale.ts";

/** Only a run that is to be reported has one, of its own: nothing of another run gets into a report. */
const folder = process.env["ONEFOLD_FAULT_RESULTS"];

/** One fault on one profile, or on a gateway alone, as the report shows it. To be written once every value was found to be right. */
export interface FaultResult {
  /** Its number in the table of faults. */
  readonly fault: number;
  readonly name: string;
  readonly profile: "embedded" | "distributed" | "gateway";
  readonly seed: number;
  /** How often the fault happened. */
  readonly rounds: number;
  /** Of a gateway alone: requests. */
  readonly events: number;
  /** The longest time from the end of the fault until everything was answered. */
  readonly recoveredMs: number;
  readonly differences: number;
  /** What proves that the fault happened, in a few words. */
  readonly proof: string;
}

/** Keeps a result under its name, if this run is to be reported. */
export function writeResult(name: string, result: object): void {
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  const kept = { form: isFull ? "full" : "bounded", ...result };
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(kept, null, 2)}\n`);
}

export function writeFaultResult(result: FaultResult): void {
  const number = String(result.fault).padStart(2, "0");
  writeResult(`fault-${number}-${result.profile}-${result.name.replaceAll(/[^a-z0-9]+/gi, "-")}`, result);
}
