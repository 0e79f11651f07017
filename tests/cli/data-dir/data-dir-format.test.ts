/** A data directory is made for its owner alone, and what is not one, or of another format, is left untouched. */
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import {
  checkDataDir,
  DATA_FORMAT,
  migrateDataDir,
  prepareDataDir,
  type FormatSupport,
} from "../../../cli/data-dir/data-dir-format.ts";
import { tryOwnDataDir } from "../../../cli/data-dir/own-data-dir.ts";
import { openTemporaryFolder } from "../../support/temporary-folder.ts";

describe("a data directory", () => {
  it("is made with its parents, readable by its owner alone, and names its format", async () => {
    await using folder = await openTemporaryFolder();
    const dataDir = join(folder.path, "a", "b");
    await prepareDataDir(dataDir);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    expect(JSON.parse(await readFile(join(dataDir, "format.json"), "utf8"))).toMatchObject({ format: DATA_FORMAT });
    await prepareDataDir(dataDir);
  });

  it("of a newer format is refused with both numbers and the version to use, and not touched", async () => {
    await using folder = await openTemporaryFolder();
    const text = JSON.stringify({ format: 99, profile: "embedded", madeBy: "9.8.7" });
    await writeFile(join(folder.path, "format.json"), text);
    await expect(tryOwnDataDir(folder.path, { kind: "command", command: "test" })).rejects.toMatchObject({
      code: "STORE_FORMAT",
      message: expect.stringMatching(/format 99, written by Onefold 9\.8\.7; .* format 1\./),
      remedy: expect.stringContaining("Onefold 9.8.7 or newer"),
    });
    expect(await readFile(join(folder.path, "format.json"), "utf8")).toBe(text);
  });

  it("of an older format that nothing brings up to date is refused", async () => {
    await using folder = await openTemporaryFolder();
    await writeFile(join(folder.path, "format.json"), JSON.stringify({ format: 0, profile: "embedded" }));
    await expect(prepareDataDir(folder.path)).rejects.toMatchObject({
      code: "STORE_FORMAT",
      message: expect.stringMatching(/format 0; .* format 1\./),
      remedy: expect.stringContaining("older version"),
    });
  });

  it.each([
    ["{", /does not name a format/],
    [JSON.stringify({ format: "1", profile: "embedded" }), /does not name a format/],
    [JSON.stringify({ format: 1, profile: "distributed" }), /profile distributed/],
  ])("that says %s is refused", async (text, message) => {
    await using folder = await openTemporaryFolder();
    await writeFile(join(folder.path, "format.json"), text);
    await expect(prepareDataDir(folder.path)).rejects.toMatchObject({
      code: "STORE_FORMAT",
      message: expect.stringMatching(message),
    });
  });

  it("whose making was interrupted is made again", async () => {
    await using folder = await openTemporaryFolder();
    await writeFile(join(folder.path, ".format.123"), "{");
    await prepareDataDir(folder.path);
    expect(await checkDataDir(folder.path)).toBe(DATA_FORMAT);
  });

  it("that is absent is found to be so, and not made by looking", async () => {
    await using folder = await openTemporaryFolder();
    expect(await checkDataDir(join(folder.path, "absent"))).toBeNull();
    expect(await readdir(folder.path)).toEqual([]);
  });

  it("is not made of a folder that holds something else", async () => {
    await using folder = await openTemporaryFolder();
    await mkdir(join(folder.path, "Documents"));
    await expect(prepareDataDir(folder.path)).rejects.toMatchObject({ code: "INPUT_INVALID" });
    expect(await readdir(folder.path)).toEqual(["Documents"]);
  });

  it("is refused in one sentence where a file stands in its place", async () => {
    await using folder = await openTemporaryFolder();
    await writeFile(join(folder.path, "file"), "");
    await expect(prepareDataDir(join(folder.path, "file", "data"))).rejects.toMatchObject({
      code: "INPUT_INVALID",
      message: expect.stringContaining("ENOTDIR"),
    });
  });
});

describe("a data directory of an older format", () => {
  /** Formats 1 to 3 that say what was done to them; `failAt` breaks one step off, as a crash does. */
  function supportTo(format: number, options: { failAt?: number } = {}): FormatSupport {
    const step = (from: number) => ({
      from,
      run: async (dataDir: string) => {
        await writeFile(join(dataDir, `step-${String(from)}`), "");
        if (options.failAt === from) throw new Error("no power");
      },
    });
    return { format, migrations: [step(1), step(2)] };
  }

  it("passes the check, and is brought up to date step by step", async () => {
    await using folder = await openTemporaryFolder();
    const dataDir = join(folder.path, "data");
    await prepareDataDir(dataDir, supportTo(1));
    await prepareDataDir(dataDir, supportTo(3));
    expect(await checkDataDir(dataDir, supportTo(3))).toBe(1);
    await migrateDataDir(dataDir, supportTo(3));
    expect(await checkDataDir(dataDir, supportTo(3))).toBe(3);
    expect((await readdir(dataDir)).sort()).toEqual(["format.json", "step-1", "step-2"]);
    await expect(prepareDataDir(dataDir, supportTo(2))).rejects.toMatchObject({ code: "STORE_FORMAT" });
  });

  it("goes on with the step that was interrupted, and does none twice that was done", async () => {
    await using folder = await openTemporaryFolder();
    const dataDir = join(folder.path, "data");
    await prepareDataDir(dataDir, supportTo(1));
    await expect(migrateDataDir(dataDir, supportTo(3, { failAt: 2 }))).rejects.toThrow("no power");
    expect(await checkDataDir(dataDir, supportTo(3))).toBe(2);
    await expect(migrateDataDir(dataDir, supportTo(3, { failAt: 1 }))).resolves.toBeUndefined();
    expect(await checkDataDir(dataDir, supportTo(3))).toBe(3);
  });

  it("of the newest format is left as it is", async () => {
    await using folder = await openTemporaryFolder();
    await prepareDataDir(folder.path);
    const before = await readFile(join(folder.path, "format.json"), "utf8");
    await migrateDataDir(folder.path);
    expect(await readFile(join(folder.path, "format.json"), "utf8")).toBe(before);
  });
});
