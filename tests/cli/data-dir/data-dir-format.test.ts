/** A data directory is made for its owner alone, and what is not one, or of another format, is left untouched. */
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { DATA_FORMAT, prepareDataDir } from "../../../cli/data-dir/data-dir-format.ts";
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

  it("of another format is refused with both numbers", async () => {
    await using folder = await openTemporaryFolder();
    await writeFile(join(folder.path, "format.json"), JSON.stringify({ format: 99, profile: "embedded" }));
    await expect(prepareDataDir(folder.path)).rejects.toMatchObject({
      code: "STORE_FORMAT",
      message: expect.stringMatching(/format 99.*format 1/),
    });
    await writeFile(join(folder.path, "format.json"), "{");
    await expect(prepareDataDir(folder.path)).rejects.toMatchObject({ code: "STORE_FORMAT" });
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
