/** Sums a V8 CPU profile by stage of the pipeline, so that one sees where the time goes. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly samples: readonly number[];
  /** µs. */
  readonly timeDeltas: readonly number[];
}

/** The first pattern that fits a function's file names its stage. */
const stages: readonly (readonly [stage: string, pattern: RegExp])[] = [
  ["read the log", /stores\/embedded\/(event-log|environment|bytes|sealed)/],
  ["standardise", /ingest\/standardize\/(?!dedupe)|schema\/expression|csv-parse|xxhash/],
  ["dedupe", /dedupe-index/],
  ["state models", /ingest\/models\/state|stores\/ports\/(model-values|state-algebra|sketch)/],
  ["state store (LMDB)", /stores\/embedded\/(state|name)|node_modules\/lmdb/],
  ["series models", /ingest\/models\/(series|bucket)/],
  ["series rows out", /stores\/clickhouse|stores\/embedded\/series|series-writer/],
  ["changes", /change/],
  ["worker", /ingest\/worker/],
  ["file source", /ingest\/sources/],
];

export interface ThreadProfile {
  readonly busyMs: number;
  readonly stages: readonly (readonly [stage: string, ms: number])[];
}

/** One entry a thread, the busiest first; native code called by a stage counts as its caller's where V8 says so. */
export async function summarizeProfiles(folder: string): Promise<readonly ThreadProfile[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith(".cpuprofile"));
  const profiles = await Promise.all(
    files.map(async (name) => summarize(JSON.parse(await readFile(join(folder, name), "utf8")) as CpuProfile)),
  );
  return profiles.sort((a, b) => b.busyMs - a.busyMs);
}

function summarize(profile: CpuProfile): ThreadProfile {
  const stageOf = new Map(profile.nodes.map(({ id, callFrame }) => [id, nameStage(callFrame)]));
  const sums = new Map<string, number>();
  profile.samples.forEach((id, i) => {
    const stage = stageOf.get(id) ?? "other";
    sums.set(stage, (sums.get(stage) ?? 0) + (profile.timeDeltas[i] ?? 0) / 1000);
  });
  sums.delete("idle");
  const sorted = [...sums].sort(([, a], [, b]) => b - a);
  return { busyMs: sorted.reduce((sum, [, ms]) => sum + ms, 0), stages: sorted };
}

function nameStage({ functionName, url }: { readonly functionName: string; readonly url: string }): string {
  if (functionName === "(idle)") return "idle";
  if (functionName === "(garbage collector)") return "garbage collection";
  if (functionName === "(program)") return "native, unattributed";
  return (
    stages.find(([, pattern]) => pattern.test(url))?.[0] ??
    (url.startsWith("node:") || url === "" ? "Node built-ins" : "other")
  );
}
