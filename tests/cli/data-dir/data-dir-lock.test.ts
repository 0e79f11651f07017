/** A data directory has one owner, who loses it only by letting go or by dying. */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { claimDataDir, readOwner } from "../../../cli/data-dir/data-dir-lock.ts";
import { ownIdentity } from "../../../cli/data-dir/process-identity.ts";
import { startProcess } from "../../support/start-program.ts";
import { openTemporaryFolder } from "../../support/temporary-folder.ts";

const as = { kind: "command", command: "onefold test" } as const;

describe("the lock of a data directory", () => {
  it("has one owner at a time, of whom others are told", async () => {
    await using folder = await openTemporaryFolder();
    const first = await claimDataDir(folder.path, as);
    expect(first.kind).toBe("owned");
    expect(await claimDataDir(folder.path, as)).toMatchObject({ kind: "held", owner: { pid: process.pid, ...as } });
    expect(await readOwner(folder.path)).toMatchObject({ pid: process.pid, command: "onefold test" });
    if (first.kind === "owned") await first.lock[Symbol.asyncDispose]();
    expect(await readOwner(folder.path)).toBeNull();
    expect(await claimDataDir(folder.path, as)).toMatchObject({ kind: "owned" });
  });

  it("is never owned by two of many that ask at the same moment, and by one in the end", async () => {
    await using folder = await openTemporaryFolder();
    for (let round = 0; round < 20; round++) {
      const claims = await Promise.all(Array.from({ length: 8 }, () => claimDataDir(folder.path, as)));
      const owned = claims.filter((claim) => claim.kind === "owned");
      expect(owned.length).toBeLessThanOrEqual(1);
      for (const { lock } of owned) await lock[Symbol.asyncDispose]();
    }
    expect(await claimDataDir(folder.path, as)).toMatchObject({ kind: "owned" });
  });

  it("passes on at once when its owner was killed, to one of those that want it", async () => {
    await using folder = await openTemporaryFolder();
    const holder = await startProcess("hold-data-dir", [folder.path]);
    await using _holder = holder;
    const said = await holder.lines[Symbol.asyncIterator]().next();
    expect(said.value).toMatch(/^owned by \d+$/);
    expect(await claimDataDir(folder.path, as)).toMatchObject({ kind: "held", owner: { kind: "instance" } });
    await holder.kill();
    expect(await claimDataDir(folder.path, as)).toMatchObject({ kind: "owned" });
    expect(await readdir(join(folder.path, "owner"))).toHaveLength(1);
  }, 60_000);

  it("does not take another process for its owner because the number is the same", async () => {
    await using folder = await openTemporaryFolder();
    await mkdir(join(folder.path, "owner"));
    const earlier = { ...ownIdentity(), started: "another boot/1", kind: "instance", command: "onefold start" };
    await writeFile(join(folder.path, "owner", "1-dead.json"), JSON.stringify(earlier));
    expect(await claimDataDir(folder.path, as)).toMatchObject({ kind: "owned" });
  });

  it("is not held by a claim that a crash left empty", async () => {
    await using folder = await openTemporaryFolder();
    await mkdir(join(folder.path, "owner"));
    await writeFile(join(folder.path, "owner", "1-torn.json"), "");
    expect(await claimDataDir(folder.path, as)).toMatchObject({ kind: "owned" });
  });
});
