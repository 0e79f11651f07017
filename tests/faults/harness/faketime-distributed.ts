/** Processes with a wrong clock. */
import { execFileSync } from "node:child_process";
import type { Launch, OnefoldProcess } from "./onefold-process.ts";

/** Null, with a loud reason, where faketime is missing; an error where services are required. */
export function findFaketime(): string | null {
  try {
    return execFileSync("which", ["faketime"], { encoding: "utf8" }).trim();
  } catch {
    if (process.env["ONEFOLD_REQUIRE_SERVICES"] === "1") throw new Error("faketime is not installed.");
    console.warn("SKIPPED, faketime is not installed: no process with a wrong clock.");
    return null;
  }
}

/** How far its clock is from ours, in hours: its answers are dated. */
export async function hoursAhead({ url }: OnefoldProcess): Promise<number> {
  const answer = await fetch(`${url}/health`);
  await answer.arrayBuffer();
  return (Date.parse(answer.headers.get("date") ?? "") - Date.now()) / 3_600_000;
}

/** A start under a clock that is wrong by so much; the time between two events stays as it is. */
export function withClock(skew: "+2h" | "-1d"): Launch {
  return { prefix: ["faketime", "-f", skew], env: { FAKETIME_DONT_FAKE_MONOTONIC: "1" } };
}
