/** The main job from outside: files of raw events in, every number out through the graph, equal to awk's. */
import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "@jest/globals";
import { compareUserBehavior } from "../support/compare-user-behavior.ts";
import { askData, runOnefoldJson, startOnefold } from "../support/onefold-program.ts";
import { recomputeUserBehavior } from "../support/recompute-user-behavior.ts";
import { openTemporaryFolder } from "../support/temporary-folder.ts";
import { mulberry32, shuffled, userBehaviorLines, writeUserBehavior } from "../support/write-user-behavior.ts";

const COUNT = 12_000;
const KILLS = 20;
const lines = userBehaviorLines(COUNT, 42);
/** A real file may stand in for the made one: a headerless CSV of user behaviour, plain or gzip, given by this variable. */
const realFile = process.env["ONEFOLD_USER_BEHAVIOR"];
/** The last record's time is cut off. */
const corrupt = "1001,100001,5,pv,15";

function ingestArgs(dataDir: string, path: string): string[] {
  return ["ingest", "file", path, "--source", "user-behavior", "--data-dir", dataDir];
}

export function userBehaviorFileScenario(profile: string, kills = KILLS): void {
  describe(`${profile}: a file of user behaviour`, () => {
    it("gives the numbers that awk finds, once, under any name, and quarantines what is corrupt", async () => {
      await using folder = await openTemporaryFolder();
      const file = join(folder.path, "behavior.csv");
      const copy = join(folder.path, "copy.csv");
      const dataDir = join(folder.path, "data");
      await writeUserBehavior(file, [...lines, corrupt]);
      await copyFile(file, copy);
      await using instance = await startOnefold({ dataDir, args: ["--rate", "200"] });

      const first = await runOnefoldJson(ingestArgs(dataDir, file));
      expect(first).toMatchObject({ read: COUNT + 1, applied: COUNT, duplicates: 0, quarantined: 1 });
      const expected = recomputeUserBehavior(file);
      expect(await compareUserBehavior(instance.url, expected)).toEqual([]);

      const again = await runOnefoldJson(ingestArgs(dataDir, copy));
      expect(again).toMatchObject({ read: COUNT + 1, applied: 0, duplicates: COUNT + 1, quarantined: 0 });
      expect(await compareUserBehavior(instance.url, expected)).toEqual([]);

      const { items } = await runOnefoldJson([
        "quarantine",
        "list",
        "--source",
        "user-behavior",
        "--data-dir",
        dataDir,
      ]);
      const mine = (items as readonly Record<string, unknown>[]).filter((item) => item["file"] === file);
      expect(mine).toEqual([
        expect.objectContaining({ source: "user-behavior", line: COUNT + 1, rule: "UserBehavior.ts:min" }),
      ]);
    }, 400_000);

    it("gives the same numbers when its lines are shuffled", async () => {
      await using folder = await openTemporaryFolder();
      const file = join(folder.path, "shuffled.csv");
      const dataDir = join(folder.path, "data");
      await writeUserBehavior(file, shuffled(lines, 7));
      await using instance = await startOnefold({ dataDir });
      expect(await runOnefoldJson(ingestArgs(dataDir, file))).toMatchObject({ read: COUNT, applied: COUNT });
      expect(await compareUserBehavior(instance.url, recomputeUserBehavior(file))).toEqual([]);
    }, 400_000);

    it(`loses and doubles nothing over ${String(kills)} rounds of kill -9`, async () => {
      await using folder = await openTemporaryFolder();
      const file = join(folder.path, "behavior.csv");
      await writeUserBehavior(file, lines);
      await survivesKills(file, join(folder.path, "data"), { longestMs: 600, quarantined: 0, kills });
    }, 900_000);

    (realFile === undefined ? it.skip : it)(
      "does the same with the real file (ONEFOLD_USER_BEHAVIOR)",
      async () => {
        const file = realFile ?? "";
        const expected = recomputeUserBehavior(file);
        const applied = expected.totals.reduce((sum, count) => sum + count, 0);
        await using folder = await openTemporaryFolder();
        const dataDir = join(folder.path, "data");
        {
          await using instance = await startOnefold({ dataDir, args: ["--rate", "200"] });
          const first = await runOnefoldJson(ingestArgs(dataDir, file));
          expect(first).toMatchObject({ applied, duplicates: 0, read: applied + Number(first["quarantined"]) });
          expect(await compareUserBehavior(instance.url, expected)).toEqual([]);
          expect(await runOnefoldJson(ingestArgs(dataDir, file))).toMatchObject({ applied: 0, quarantined: 0 });
          await instance.stop();
        }
        const bytes = await readFile(file);
        const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8").trimEnd();
        const shuffledFile = join(folder.path, "shuffled.csv");
        await writeUserBehavior(shuffledFile, shuffled(text.split("\n"), 11));
        {
          const other = join(folder.path, "shuffled");
          await using instance = await startOnefold({ dataDir: other });
          expect(await runOnefoldJson(ingestArgs(other, shuffledFile))).toMatchObject({ applied });
          expect(await compareUserBehavior(instance.url, expected)).toEqual([]);
          await instance.stop();
        }
        await survivesKills(file, join(folder.path, "killed"), { longestMs: 2_500, quarantined: 1, kills });
      },
      1_800_000,
    );
  });
}

/** Starts, ingests and kills, again and again; then lets it finish, and compares every number. */
async function survivesKills(
  file: string,
  dataDir: string,
  expected: { readonly longestMs: number; readonly quarantined: number; readonly kills: number },
): Promise<void> {
  const seed = Date.now() % 100_000;
  const random = mulberry32(seed);
  let unread = 0;
  for (let round = 0; round < expected.kills; round++) {
    await using instance = await startOnefold({ dataDir });
    const kill = new AbortController();
    const ingest = runOnefoldJson(ingestArgs(dataDir, file), { killedBy: kill.signal }).then(
      () => true,
      () => false,
    );
    const pause = new Promise((resolve) => setTimeout(resolve, random() * expected.longestMs));
    const finished = await Promise.race([ingest, pause.then(() => false)]);
    if (!finished) unread++;
    await instance.stop("SIGKILL");
    // Whoever waits for ingest of another process would go on waiting for the next one.
    kill.abort();
    await ingest;
  }
  // Not vacuous: the kills must have met work in hand.
  expect(unread).toBeGreaterThan(0);
  await using instance = await startOnefold({ dataDir });
  await runOnefoldJson(ingestArgs(dataDir, file));
  const differences = await compareUserBehavior(instance.url, recomputeUserBehavior(file));
  expect({ seed, differences }).toEqual({ seed, differences: [] });
  const quarantine = await runOnefoldJson(["quarantine", "list", "--source", "user-behavior", "--data-dir", dataDir]);
  expect({ seed, quarantined: quarantine["total"] }).toEqual({ seed, quarantined: expected.quarantined });
  expect(await askData(instance.url, `{ consumer(id: "no-such-user") { id } }`)).toEqual({ consumer: null });
}
