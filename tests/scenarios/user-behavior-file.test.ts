/** The main job from outside: files of raw events in, every number out through the graph, equal to awk's. */
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { compareUserBehavior } from "../support/compare-user-behavior.ts";
import { askData, runOnefoldJson, startOnefold } from "../support/onefold-program.ts";
import { recomputeUserBehavior } from "../support/recompute-user-behavior.ts";
import { openTemporaryFolder } from "../support/temporary-folder.ts";
import { mulberry32, shuffled, userBehaviorLines, writeUserBehavior } from "../support/write-user-behavior.ts";

const COUNT = 12_000;
const KILLS = 20;
const lines = userBehaviorLines(COUNT, 42);
/** The last record's time is cut off. */
const corrupt = "1001,100001,5,pv,15";

function ingestArgs(dataDir: string, path: string): string[] {
  return ["ingest", "file", path, "--source", "user-behavior", "--data-dir", dataDir];
}

describe("a file of user behaviour", () => {
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

    const { items } = await runOnefoldJson(["quarantine", "list", "--source", "user-behavior", "--data-dir", dataDir]);
    const mine = (items as readonly Record<string, unknown>[]).filter((item) => item["file"] === file);
    expect(mine).toEqual([
      expect.objectContaining({ source: "user-behavior", line: COUNT + 1, rule: "UserBehavior.ts:min" }),
    ]);
  }, 180_000);

  it("gives the same numbers when its lines are shuffled", async () => {
    await using folder = await openTemporaryFolder();
    const file = join(folder.path, "shuffled.csv");
    const dataDir = join(folder.path, "data");
    await writeUserBehavior(file, shuffled(lines, 7));
    await using instance = await startOnefold({ dataDir });
    expect(await runOnefoldJson(ingestArgs(dataDir, file))).toMatchObject({ read: COUNT, applied: COUNT });
    expect(await compareUserBehavior(instance.url, recomputeUserBehavior(file))).toEqual([]);
  }, 180_000);

  it(`loses and doubles nothing over ${String(KILLS)} rounds of kill -9`, async () => {
    await using folder = await openTemporaryFolder();
    const dataDir = join(folder.path, "data");
    const file = join(folder.path, "behavior.csv");
    await writeUserBehavior(file, lines);
    const seed = Date.now() % 100_000;
    const random = mulberry32(seed);
    let unread = 0;
    for (let round = 0; round < KILLS; round++) {
      await using instance = await startOnefold({ dataDir });
      const ingest = runOnefoldJson(ingestArgs(dataDir, file)).then(
        () => true,
        () => false,
      );
      const pause = new Promise((resolve) => setTimeout(resolve, random() * 600));
      const finished = await Promise.race([ingest, pause.then(() => false)]);
      if (!finished) unread++;
      await instance.stop("SIGKILL");
      await ingest;
    }
    // Not vacuous: the kills must have met work in hand.
    expect(unread).toBeGreaterThan(0);
    await using instance = await startOnefold({ dataDir });
    const last = await runOnefoldJson(ingestArgs(dataDir, file));
    expect(last).toMatchObject({ read: COUNT, quarantined: 0 });
    expect({ seed, differences: await compareUserBehavior(instance.url, recomputeUserBehavior(file)) }).toEqual({
      seed,
      differences: [],
    });
    const stored = await askData(instance.url, `{ consumer(id: "no-such-user") { id } }`);
    expect(stored).toEqual({ consumer: null });
  }, 300_000);
});
