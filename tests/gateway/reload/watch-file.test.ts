/** The watched supergraph file: every way that files are replaced, and what is no supergraph file. */
import { execFileSync } from "node:child_process";
import { appendFile, mkdir, rename, rm, symlink, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { readWatchedFile } from "../../../gateway/reload/read-watched-file.ts";
import { watchFile } from "../../../gateway/reload/watch-file.ts";
import { openTemporaryFolder } from "../../support/temporary-folder.ts";
import { until } from "../fixtures/until.ts";

const everyMs = 5;

async function openWatched(known = "one") {
  const folder = await openTemporaryFolder();
  const path = join(folder.path, "supergraph.graphql");
  await writeFile(path, known);
  const texts: string[] = [];
  const faults: string[] = [];
  const onFault = (error: unknown): void => void faults.push(String(error));
  const watch = watchFile({ what: "supergraph", path, everyMs, onText: (text) => texts.push(text), onFault }, known);
  return {
    ...{ folder: folder.path, path, texts, faults, watch },
    async [Symbol.asyncDispose]() {
      watch[Symbol.dispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

describe("a watched file", () => {
  it("is handed on when it is written in place, and when another takes its name", async () => {
    await using watched = await openWatched();
    await writeFile(watched.path, "two");
    await until(() => watched.texts.length === 1);
    await writeFile(`${watched.path}.next`, "three");
    await rename(`${watched.path}.next`, watched.path);
    await until(() => watched.texts.length === 2);
    expect(watched.texts).toEqual(["two", "three"]);
    expect(watched.faults).toEqual([]);
  });

  it("is handed on when a folder behind a symbolic link is changed, as mounted settings are", async () => {
    await using folder = await openTemporaryFolder();
    const at = (...names: string[]): string => join(folder.path, ...names);
    for (const version of ["1", "2"]) {
      await mkdir(at(version));
      await writeFile(at(version, "supergraph.graphql"), `version ${version}`);
      await utimes(at(version, "supergraph.graphql"), 1, 1);
    }
    await symlink("1", at("data"));
    await symlink(join("data", "supergraph.graphql"), at("supergraph.graphql"));
    const texts: string[] = [];
    const path = at("supergraph.graphql");
    using _watch = watchFile(
      { what: "supergraph", path, everyMs, onText: (text) => texts.push(text), onFault: () => {} },
      "version 1",
    );
    await symlink("2", at("next"));
    await rename(at("next"), at("data"));
    await until(() => texts.length > 0);
    expect(texts).toEqual(["version 2"]);
  });

  it("is not handed on while it is being written, however long that takes", async () => {
    await using watched = await openWatched("");
    for (let part = 0; part < 40; part++) {
      await appendFile(watched.path, `part ${part}\n`);
      await new Promise((resolve) => setTimeout(resolve, everyMs / 2));
    }
    await until(() => watched.texts.some((text) => text.endsWith("part 39\n")));
    // A writer that is slower than the looks may be read at a pause; what counts is that the whole comes last, and once.
    expect(watched.texts.filter((text) => text.endsWith("part 39\n"))).toHaveLength(1);
    expect(watched.texts.length).toBeLessThan(10);
  });

  it("is not handed on when only its time has changed", async () => {
    await using watched = await openWatched();
    await utimes(watched.path, 5, 5);
    await new Promise((resolve) => setTimeout(resolve, 10 * everyMs));
    await writeFile(watched.path, "two");
    await until(() => watched.texts.length > 0);
    expect(watched.texts).toEqual(["two"]);
  });

  it("that is away is told of, and handed on once it is back, though it is the same", async () => {
    await using watched = await openWatched();
    await rm(watched.path);
    await until(() => watched.faults.length > 1);
    expect(watched.faults[0]).toContain("(ENOENT)");
    await writeFile(watched.path, "one");
    await until(() => watched.texts.length > 0);
    expect(watched.texts).toEqual(["one"]);
  });

  it("that is a folder or a pipe is told of, and waits for nobody", async () => {
    await using watched = await openWatched();
    await rm(watched.path);
    execFileSync("mkfifo", [watched.path]);
    await until(() => watched.faults.some((fault) => fault.includes("it is no file")));
    await rm(watched.path);
    await mkdir(watched.path);
    const told = watched.faults.length;
    await until(() => watched.faults.slice(told + 1).some((fault) => fault.includes("it is no file")));
    expect(watched.texts).toEqual([]);
  });

  it("that cannot be decoded is told of with each look, and read again once it can be", async () => {
    await using watched = await openWatched();
    await writeFile(watched.path, Buffer.from("type Query", "utf16le"));
    await writeFile(watched.path, Buffer.from([0xff, 0xfe, 0x00]));
    await until(() => watched.faults.length > 2);
    expect(watched.faults[0]).toContain("(it is not UTF-8)");
    await writeFile(watched.path, "two");
    await until(() => watched.texts.length > 0);
    expect(watched.texts).toEqual(["two"]);
  });

  it("tells nothing once the watch is over", async () => {
    await using watched = await openWatched();
    watched.watch[Symbol.dispose]();
    await writeFile(watched.path, "two");
    await new Promise((resolve) => setTimeout(resolve, 10 * everyMs));
    await using other = await openWatched();
    await writeFile(other.path, "two");
    await until(() => other.texts.length > 0);
    expect(watched.texts).toEqual([]);
  });
});

describe("a supergraph file", () => {
  it("is read without its byte order mark", async () => {
    await using folder = await openTemporaryFolder();
    const path = join(folder.path, "supergraph.graphql");
    await writeFile(path, "\ufefftype Query { a: Int }");
    expect(await readWatchedFile({ what: "supergraph", path })).toBe("type Query { a: Int }");
  });

  it("of more than 64 MiB is refused unread", async () => {
    await using folder = await openTemporaryFolder();
    const path = join(folder.path, "supergraph.graphql");
    await writeFile(path, "");
    await truncate(path, 64 * 1024 * 1024 + 1);
    await expect(readWatchedFile({ what: "supergraph", path })).rejects.toThrow(
      "it has 67108865 bytes, and may have 67108864",
    );
  });

  it("that is not there is refused with its name and the reason", async () => {
    const refused = readWatchedFile({ what: "supergraph", path: "/nowhere/supergraph.graphql" });
    await expect(refused).rejects.toMatchObject({
      code: "INPUT_INVALID",
      message: "The supergraph /nowhere/supergraph.graphql cannot be read (ENOENT).",
    });
  });
});
