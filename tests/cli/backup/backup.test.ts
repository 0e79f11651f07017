/** A backup that is made at any moment of ingest goes on, once restored, to the numbers that a clean run gives. */
import { appendFile, cp, mkdir, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { makeBackup } from "../../../cli/backup/make-backup.ts";
import { manifestFile, type Manifest } from "../../../cli/backup/manifest.ts";
import { restoreFrom } from "../../../cli/backup/restore-from.ts";
import { restoreBackup, type RestoreRun } from "../../../cli/backup/restore-backup.ts";
import { packFolder } from "../../../cli/backup/tar.ts";
import { backupOperation } from "../../../cli/operations/backup-operation.ts";
import { prepareDataDir } from "../../../cli/data-dir/data-dir-format.ts";
import { createRandom, type Random } from "../../support/random.ts";
import { openEmbeddedDataDir, startBuiltSeries, type EmbeddedDataDir } from "../../support/embedded-data-dir.ts";
import { storeOutcome } from "../../support/store-outcome.ts";
import { openTemporaryFolder, type TemporaryFolder } from "../../support/temporary-folder.ts";
import { fillLog, market, rawRecords, type Raw } from "../../ingest/fixtures/market.ts";
import { append, createGoal, runWorker, storesWith } from "../../ingest/fixtures/simulation.ts";

const never = new AbortController().signal;
const quiet = { report: () => undefined, signal: never };
const restoring: RestoreRun = { ...quiet, startSeries: startBuiltSeries };
const seed = Date.now() % 100_000;

/** Records keep coming in while the worker runs, and a backup is made in the midst of it. */
async function backupUnderIngest(
  at: EmbeddedDataDir,
  work: { records: readonly Raw[]; random: Random; target: string },
) {
  const { records, random, target } = work;
  const first = 40 + random.below(100);
  await fillLog(at.stores.log, records.slice(0, first), 2);
  const stop = new AbortController();
  // A goal that is out of reach: the worker runs until it is stopped.
  const goal = { record: () => undefined, reached: stop.signal };
  const running = runWorker({ stores: at.stores, random, goal, options: { seriesWriter: { maxRows: 20 } } });
  const appending = append(at.stores, records.slice(first));
  for (let turns = random.below(60); turns > 0; turns--) await nextTurn();
  const manifest = await makeBackup(target, at.backup, quiet);
  await appending;
  stop.abort();
  await running;
  return manifest;
}

function sum(manifest: Manifest, of: "end" | "state" | "series"): number {
  return Object.values(manifest.partitions).reduce((total, partition) => total + partition[of], 0);
}

describe(`a backup under live ingest (seed ${String(seed)})`, () => {
  it("restored, and given what it lacks, has every number of a clean run", async () => {
    let unfinished = 0;
    for (let round = 0; round < 3; round++) {
      const random = createRandom(seed + round);
      const records = rawRecords(random, 260);
      await using folder = await openTemporaryFolder();
      const target = join(folder.path, "backup");
      const restored = join(folder.path, "restored");
      {
        await using original = await openEmbeddedDataDir(join(folder.path, "data"), market);
        const manifest = await backupUnderIngest(original, { records, random, target });
        expect(sum(manifest, "state")).toBeLessThanOrEqual(sum(manifest, "end"));
        if (sum(manifest, "series") < sum(manifest, "end") || sum(manifest, "end") < records.length) unfinished++;
      }
      await restoreBackup(target, restored, restoring);
      await using again = await openEmbeddedDataDir(restored, market);
      let held = 0;
      for (const { topic } of market.sources) {
        for (const { end } of await again.stores.log.ranges(topic)) held += end;
      }
      await append(again.stores, records.slice(held));
      await runWorker({ stores: again.stores, random, goal: await createGoal(again.stores) });
      const clean = await storesWith(records);
      await runWorker({ stores: clean, random });
      expect({ round, outcome: await storeOutcome(again.stores, market) }).toEqual({
        round,
        outcome: await storeOutcome(clean, market),
      });
    }
    // Not vacuous: backups must have met work in hand.
    expect(unfinished).toBeGreaterThan(0);
  }, 120_000);
});

describe("a backup", () => {
  let folder: TemporaryFolder;
  let backup: string;
  let outcome: unknown;

  beforeAll(async () => {
    folder = await openTemporaryFolder();
    backup = join(folder.path, "backup");
    await using original = await openEmbeddedDataDir(join(folder.path, "data"), market);
    await fillLog(original.stores.log, rawRecords(createRandom(1), 60), 1);
    await runWorker({ stores: original.stores, random: createRandom(2) });
    await makeBackup(backup, original.backup, quiet);
    outcome = await storeOutcome(original.stores, market);
  }, 60_000);

  afterAll(async () => {
    await folder[Symbol.asyncDispose]();
  });

  /** A copy of it for a test to spoil. */
  async function copyOf(name: string): Promise<{ readonly copy: string; readonly target: string }> {
    const copy = join(folder.path, name);
    await cp(backup, copy, { recursive: true });
    return { copy, target: join(folder.path, `${name}-restored`) };
  }

  it("says in its manifest what it is, and what each store includes", async () => {
    const manifest = JSON.parse(await readFile(join(backup, manifestFile), "utf8")) as Manifest;
    expect(manifest).toMatchObject({ format: 1, dataFormat: 1, madeBy: "1.2.3", madeAt: "2024-01-02T00:00:00.000Z" });
    const { end, state, series } = manifest.partitions["events.visits/0"] ?? { end: -1, state: 0, series: 0 };
    expect([state, series]).toEqual([end, end]);
    expect(manifest.files.map(({ path }) => path)).toEqual([
      "changes/data.mdb",
      "format.json",
      "log/data.mdb",
      "series/fences.tar",
      "series/tables.tar",
      "state/data.mdb",
    ]);
  });

  it("is one file, too, and comes back from there", async () => {
    const file = join(folder.path, "all.tar");
    await packFolder(backup, file, never);
    const target = join(folder.path, "from-file");
    await restoreFrom(file, target, restoring);
    await using restored = await openEmbeddedDataDir(target, market);
    expect(await storeOutcome(restored.stores, market)).toEqual(outcome);
    expect((await readdir(folder.path)).filter((name) => name.includes("unpacked"))).toEqual([]);
  });

  const damages: readonly (readonly [claim: string, damage: (copy: string) => Promise<void>, message: RegExp])[] = [
    ["with a flipped byte", (copy) => flipByte(join(copy, "state/data.mdb"), 9_000), /state\/data\.mdb.*checksum/],
    ["with a longer file", (copy) => appendFile(join(copy, "log/data.mdb"), "x"), /log\/data\.mdb.*checksum/],
    ["without a file", (copy) => rm(join(copy, "series/tables.tar")), /lacks series\/tables\.tar/],
    ["with a foreign file", (copy) => writeFile(join(copy, "log/other"), ""), /log\/other.*does not name/],
    ["without its manifest", (copy) => rm(join(copy, manifestFile)), /no finished backup/],
    ["with a cut manifest", (copy) => writeFile(join(copy, manifestFile), "{"), /not what a backup writes/],
  ];

  it.each(damages)("%s is refused, and nothing is made of it", async (claim, damage, message) => {
    const { copy, target } = await copyOf(claim.replaceAll(" ", "-"));
    await damage(copy);
    await expect(restoreBackup(copy, target, restoring)).rejects.toMatchObject({
      code: "BACKUP_INVALID",
      message: expect.stringMatching(message),
    });
    await expect(readdir(target)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("of another format is refused with both numbers", async () => {
    const { copy, target } = await copyOf("newer");
    const text = await readFile(join(copy, manifestFile), "utf8");
    await writeFile(join(copy, manifestFile), text.replace('"format": 1', '"format": 7'));
    await expect(restoreBackup(copy, target, restoring)).rejects.toMatchObject({
      code: "STORE_FORMAT",
      message: expect.stringMatching(/format 7.*format 1/),
    });
  });

  it("is not restored over anything", async () => {
    const target = join(folder.path, "taken");
    await mkdir(target);
    await writeFile(join(target, "mine"), "");
    await expect(restoreBackup(backup, target, restoring)).rejects.toMatchObject({
      code: "INPUT_INVALID",
      message: expect.stringContaining("not empty"),
    });
    expect(await readdir(target)).toEqual(["mine"]);
  });

  it("that could not be restored to its end leaves an empty directory behind", async () => {
    const target = join(folder.path, "broken");
    const startSeries = (): Promise<never> => Promise.reject(new Error("no engine"));
    await expect(restoreBackup(backup, target, { ...restoring, startSeries })).rejects.toThrow("no engine");
    expect(await readdir(target)).toEqual([]);
  });

  it("that was restored in part, when the machine died, is no data directory", async () => {
    const target = join(folder.path, "part");
    await cp(join(backup, "log"), join(target, "log"), { recursive: true });
    await expect(prepareDataDir(target)).rejects.toMatchObject({ code: "INPUT_INVALID" });
  });

  it("overwrites nothing, neither a folder nor a file", async () => {
    const deps = { dataDir: "", copyStores: () => Promise.reject(new Error("too late")) } as never;
    await expect(makeBackup(backup, deps, quiet)).rejects.toMatchObject({ code: "INPUT_INVALID" });
    const file = join(folder.path, "there.tar");
    await writeFile(file, "mine");
    const engine = { generation: () => 1, backup: () => Promise.reject(new Error("too late")) };
    await expect(backupOperation(engine, { kind: "backup", path: file }, quiet)).rejects.toMatchObject({
      code: "INPUT_INVALID",
    });
    expect(await readFile(file, "utf8")).toBe("mine");
  });

  it("of stores that do not fit together is refused, and leaves nothing behind", async () => {
    await using original = await openEmbeddedDataDir(join(folder.path, "data"), market);
    const target = join(folder.path, "unfit");
    const { copyStores } = original.backup;
    let attempts = 0;
    const ahead: typeof copyStores = async (to, onStep) => {
      attempts++;
      const fences = await copyStores(to, onStep);
      return new Map([...fences].map(([id, cursor]) => [id, { ...cursor, "events.visits/0": 1_000_000 }]));
    };
    const making = makeBackup(target, { ...original.backup, copyStores: ahead }, quiet);
    await expect(making).rejects.toMatchObject({ code: "BACKUP_INVALID" });
    expect(attempts).toBe(3);
    expect(await readdir(target)).toEqual([]);
  });

  it("is made again when a replay begins under it", async () => {
    await using original = await openEmbeddedDataDir(join(folder.path, "data"), market);
    const { copyStores, generationVersion } = original.backup;
    let began = false;
    const deps = {
      ...original.backup,
      copyStores: (async (to, onStep) => {
        const fences = await copyStores(to, onStep);
        began = true;
        return fences;
      }) as typeof copyStores,
      generationVersion: async () => (await generationVersion()) + (began ? 1 : 0),
    };
    const manifest = await makeBackup(join(folder.path, "during-replay"), deps, quiet);
    expect(manifest.generation).toBe(1);
  });
});

async function flipByte(path: string, at: number): Promise<void> {
  const file = await open(path, "r+");
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, at);
  byte[0] = (byte[0] ?? 0) ^ 0xff;
  await file.write(byte, 0, 1, at);
  await file.close();
}
