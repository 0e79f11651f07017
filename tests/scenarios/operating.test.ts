/** Operating an instance from outside: metrics and traces of all its threads, its shutdown, and a backup under live ingest. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import type { Manifest } from "../../cli/backup/manifest.ts";
import type { DoctorReport } from "../../cli/doctor/check.ts";
import type { LagReport } from "../../cli/operations/operation.ts";
import { compareUserBehavior } from "../support/compare-user-behavior.ts";
import { runOnefold, runOnefoldJson, startOnefold } from "../support/onefold-program.ts";
import { openOtlpReceiver } from "../support/otlp-receiver.ts";
import { readPrometheusText } from "../support/prometheus-text.ts";
import { recomputeUserBehavior } from "../support/recompute-user-behavior.ts";
import { openTemporaryFolder } from "../support/temporary-folder.ts";
import { userBehaviorLines, writeUserBehavior } from "../support/write-user-behavior.ts";

const COUNT = 12_000;
const source = "user-behavior";

describe("an instance", () => {
  it("shows metrics of its ingest thread, and one trace over both threads", async () => {
    await using folder = await openTemporaryFolder();
    await using collector = await openOtlpReceiver();
    const config = join(folder.path, "onefold.yaml");
    await writeFile(config, `telemetry: { traces: { otlpEndpoint: "${collector.endpoint}", sampleRatio: 1 } }\n`);
    const dataDir = join(folder.path, "data");
    await using instance = await startOnefold({ dataDir, args: ["--no-generate", "--config", config] });
    const event = { event_id: "a", user_id: "1", item_id: "7", behavior: "pv", unix_seconds: 1_511_658_000 };
    await fetch(`${instance.url}/ingest/${source}`, { method: "POST", body: JSON.stringify([event]) });
    await collector.until((spans) => spans.some(({ name }) => name === "series"));
    const append = collector.spans.find(({ name }) => name === `append events.${source}`);
    const trace = collector.spans.filter(({ traceId }) => traceId === append?.traceId).map(({ name }) => name);
    expect(trace).toEqual(expect.arrayContaining([`ingest events.${source}`, "state", "changes", "series"]));
    const { value } = readPrometheusText(await (await fetch(`${instance.url}/metrics`)).text());
    expect(value("onefold_ingest_events_total", { source, outcome: "late" })).toBe(1);
    expect(value("onefold_store_calls_total", { store: "state", method: "apply" })).toBeGreaterThan(0);
    expect(value("onefold_event_loop_lag_seconds", { thread: "ingest", quantile: "0.5" })).toBeGreaterThanOrEqual(0);
    const lag = (await runOnefoldJson(["lag", "--data-dir", dataDir])) as unknown as LagReport;
    expect(lag.partitions.find((partition) => partition.source === source)).toMatchObject({
      ...{ partition: 0, start: 0, end: 1 },
      state: { reached: 1, events: 0, seconds: 0 },
    });
    const doctor = (await runOnefoldJson(["doctor", "--data-dir", dataDir])) as unknown as DoctorReport;
    expect(doctor.checks.filter(({ outcome }) => outcome === "failed")).toEqual([]);
    expect(doctor.checks.find(({ name }) => name === "instance")?.outcome).toBe("ok");
  }, 120_000);

  it("tells that it is not ready any more before it closes its doors", async () => {
    await using folder = await openTemporaryFolder();
    await using instance = await startOnefold({ dataDir: join(folder.path, "data") });
    const ready = async (): Promise<number | null> =>
      (await fetch(`${instance.url}/health/ready`).catch(() => null))?.status ?? null;
    expect(await ready()).toBe(200);
    const stopped = instance.stop();
    const seen: (number | null)[] = [];
    for (let status = await ready(); status !== null; status = await ready()) seen.push(status);
    expect(seen).toContain(503);
    expect(await stopped).toBe(0);
  }, 120_000);
});

describe("a backup of a running instance", () => {
  it("goes on to the true numbers, once restored and given the same file again", async () => {
    await using folder = await openTemporaryFolder();
    const lines = userBehaviorLines(COUNT, 7);
    const file = join(folder.path, "behavior.csv");
    const dataDir = join(folder.path, "data");
    const backup = join(folder.path, "backup.tar");
    const restored = join(folder.path, "restored");
    const ingest = (dir: string): Promise<Record<string, unknown>> =>
      runOnefoldJson(["ingest", "file", file, "--source", source, "--data-dir", dir]);
    {
      await using instance = await startOnefold({ dataDir, args: ["--rate", "400"] });
      await writeUserBehavior(file, lines.slice(0, 4_000));
      await ingest(dataDir);
      await writeUserBehavior(file, lines);
      const [made] = await Promise.all([runOnefoldJson(["backup", backup, "--data-dir", dataDir]), ingest(dataDir)]);
      expect(made).toMatchObject({ path: backup, generation: 1 });
      await instance.stop("SIGKILL");
    }
    expect(await runOnefoldJson(["restore", backup, "--data-dir", restored])).toMatchObject({ generation: 1 });
    const again = await runOnefold(["restore", backup, "--data-dir", restored]);
    expect([again.code, again.stderr.includes("not empty")]).toEqual([1, true]);
    await using instance = await startOnefold({ dataDir: restored });
    const result = await ingest(restored);
    // What the backup has is recognised, and what came after it is taken.
    expect(Number(result["applied"]) + Number(result["duplicates"])).toBe(COUNT);
    expect(Number(result["duplicates"])).toBeGreaterThanOrEqual(4_000);
    expect(await compareUserBehavior(instance.url, recomputeUserBehavior(file))).toEqual([]);
  }, 240_000);

  it("met work in hand: some store was behind the log", async () => {
    await using folder = await openTemporaryFolder();
    const dataDir = join(folder.path, "data");
    await using instance = await startOnefold({ dataDir, args: ["--rate", "400"] });
    let wasBehind = false;
    // Once a second all is flushed, and the traffic may not have begun: one of some meets work in hand.
    for (let round = 0; round < 10 && !wasBehind; round++) {
      const backup = join(folder.path, `backup-${round}`);
      await runOnefoldJson(["backup", backup, "--data-dir", dataDir]);
      const manifest = JSON.parse(await readFile(join(backup, "manifest.json"), "utf8")) as Manifest;
      wasBehind = Object.values(manifest.partitions).some(({ series, end }) => series < end);
    }
    expect(wasBehind).toBe(true);
    await instance.stop();
  }, 120_000);
});
