/** Each check tells what is wrong, where, and what to do: shown on directories and servers that have the fault. */
import { chmod, mkdir, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { failed, ok, runChecks, type Check, type CheckReport } from "../../../cli/doctor/check.ts";
import { judgeSkew, measureSkew } from "../../../cli/doctor/clock-skew.ts";
import { embeddedChecks, type EmbeddedFacts } from "../../../cli/doctor/embedded-checks.ts";
import { machineChecks } from "../../../cli/doctor/machine-checks.ts";
import { isAtLeast } from "../../../cli/doctor/versions.ts";
import { claimDataDir } from "../../../cli/data-dir/data-dir-lock.ts";
import { OnefoldError } from "../../../schema/errors.ts";
import { compilePlatform } from "../../support/compile-platform.ts";
import { openEmbeddedDataDir, startBuiltSeries } from "../../support/embedded-data-dir.ts";
import { openTemporaryFolder } from "../../support/temporary-folder.ts";

const signal = new AbortController().signal;
const platform =
  compilePlatform(`extend schema @domain(name: "shop", owner: "a@b.c", description: "d") @source(name: "sales", description: "d")
type Sale @event(source: "sales", id: "saleId", key: "shopId", time: "ts") {
  saleId: ID!
  shopId: ID! @identifies(entity: "Shop", as: "shop")
  ts: DateTime!
}
type Shop @key(fields: "id") @entity(identifiers: [{ type: "shop", strong: true }]) {
  id: ID!
  sales: Count! @count(of: "Sale")
}`);

function facts(dataDir: string, more: Partial<EmbeddedFacts> = {}): EmbeddedFacts {
  return { dataDir, askInstance: async () => null, startSeries: startBuiltSeries, ...more };
}

async function examine(checks: readonly Check[]): Promise<(name: string) => CheckReport> {
  const { checks: reports } = await runChecks(checks, { signal });
  return (name) => {
    const found = reports.find((report) => report.name === name);
    if (found === undefined) throw new Error(`no check ${name}`);
    return found;
  };
}

describe("running checks", () => {
  it("goes on after one that fails, throws or hangs, and says of each what to do", async () => {
    const checks: readonly Check[] = [
      { name: "a", where: "/a", run: async () => failed("broken", "Mend it.") },
      { name: "b", where: "/b", run: () => Promise.reject(new OnefoldError("STORE_UNAVAILABLE", "away")) },
      { name: "c", where: "/c", run: () => new Promise(() => undefined) },
      { name: "d", where: "/d", run: async () => ok("fine") },
    ];
    const report = await runChecks(checks, { signal, timeoutMs: 10 });
    expect(report.ok).toBe(false);
    expect(report.checks.map(({ outcome }) => outcome)).toEqual(["failed", "failed", "failed", "ok"]);
    expect(report.checks.map(({ remedy }) => remedy === null)).toEqual([false, false, false, true]);
    expect(report.checks[2]?.detail).toContain("10 ms");
  });

  it("is well with warnings alone", async () => {
    const warn: Check = {
      name: "a",
      where: "/a",
      run: async () => ({ outcome: "warning", detail: "d", remedy: "Look." }),
    };
    expect((await runChecks([warn], { signal })).ok).toBe(true);
  });
});

describe("the checks of a data directory", () => {
  it("find a good one good, store by store", async () => {
    await using folder = await openTemporaryFolder();
    const dataDir = join(folder.path, "data");
    await (await openEmbeddedDataDir(dataDir, platform))[Symbol.asyncDispose]();
    const report = await runChecks(embeddedChecks(facts(dataDir)), { signal });
    expect(report.checks.filter(({ outcome }) => outcome === "failed")).toEqual([]);
    const of = (name: string) => report.checks.find((check) => check.name === name);
    expect(of("series store")?.detail).toMatch(/ClickHouse \d+\./);
    expect(of("state store")?.detail).toContain("generation 1 serves");
    expect(of("instance")?.outcome).toBe("skipped");
  });

  it("make nothing where nothing is", async () => {
    await using folder = await openTemporaryFolder();
    const of = await examine(embeddedChecks(facts(join(folder.path, "absent"))));
    expect(of("data directory").detail).toContain("absent");
    expect(of("series store").outcome).toBe("skipped");
    await expect(open(join(folder.path, "absent"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("tell of another format, of a foreign folder, and of one that others can read", async () => {
    await using folder = await openTemporaryFolder();
    const newer = join(folder.path, "newer");
    await mkdir(newer);
    await writeFile(join(newer, "format.json"), JSON.stringify({ format: 9, profile: "embedded" }));
    expect((await examine(embeddedChecks(facts(newer))))("data directory")).toMatchObject({
      outcome: "failed",
      where: newer,
      detail: expect.stringContaining("format 9"),
      remedy: expect.any(String),
    });
    const foreign = join(folder.path, "foreign");
    await mkdir(join(foreign, "Documents"), { recursive: true });
    expect((await examine(embeddedChecks(facts(foreign))))("data directory").outcome).toBe("failed");
    const readable = join(folder.path, "readable");
    await mkdir(readable);
    await writeFile(join(readable, "format.json"), JSON.stringify({ format: 1, profile: "embedded" }));
    await chmod(readable, 0o755);
    expect((await examine(embeddedChecks(facts(readable))))("data directory")).toMatchObject({
      outcome: "warning",
      remedy: expect.stringContaining("chmod"),
    });
  });

  it("tell of a store that is not what it should be", async () => {
    await using folder = await openTemporaryFolder();
    const dataDir = join(folder.path, "data");
    await (await openEmbeddedDataDir(dataDir, platform))[Symbol.asyncDispose]();
    await writeFile(join(dataDir, "state", "data.mdb"), Buffer.alloc(64 * 1024, 7));
    const of = await examine(embeddedChecks(facts(dataDir)));
    expect(of("state store")).toMatchObject({ outcome: "failed", where: join(dataDir, "state") });
    expect(of("log store").outcome).toBe("ok");
  });

  it("ask the instance that holds it, and leave its stores alone", async () => {
    await using folder = await openTemporaryFolder();
    const dataDir = join(folder.path, "data");
    await (await openEmbeddedDataDir(dataDir, platform))[Symbol.asyncDispose]();
    const claim = await claimDataDir(dataDir, { kind: "instance", command: "onefold start" });
    if (claim.kind !== "owned") throw new Error("not owned");
    await using _lock = claim.lock;
    const well = facts(dataDir, { askInstance: async () => ({ health: { status: "ok" }, behind: 12 }) });
    const of = await examine(embeddedChecks(well));
    expect(of("instance")).toMatchObject({ outcome: "ok", detail: expect.stringContaining("12 events behind") });
    expect(of("owner").detail).toContain(`process ${String(process.pid)}`);
    expect(of("log store")).toMatchObject({ outcome: "skipped", detail: expect.stringContaining("in use") });
    expect((await examine(embeddedChecks(facts(dataDir))))("instance").outcome).toBe("failed");
    const health = { status: "unavailable", reasons: ["A source cannot go on."] };
    const unwell = facts(dataDir, { askInstance: async () => ({ health, behind: 0 }) });
    expect((await examine(embeddedChecks(unwell)))("instance").detail).toBe("A source cannot go on.");
  });
});

describe("the checks of the machine", () => {
  it("tell of mistakes in the declarations, with their place", async () => {
    await using folder = await openTemporaryFolder();
    await writeFile(join(folder.path, "bad.graphql"), "type Query { a: }");
    const of = await examine(machineChecks({ domains: folder.path, version: "1.2.3" }));
    expect(of("declarations")).toMatchObject({
      outcome: "failed",
      where: folder.path,
      detail: expect.stringContaining("bad.graphql"),
    });
    expect(of("program")).toMatchObject({ outcome: "ok", detail: expect.stringContaining("Onefold 1.2.3") });
  });
});

describe("measures", () => {
  it("compare versions by number", () => {
    expect(isAtLeast("20.15.0", "20.15")).toBe(true);
    expect(isAtLeast("7.0.15", "7.2")).toBe(false);
    expect(isAtLeast("24.10.1.1", "24.8")).toBe(true);
    expect(isAtLeast("8", "7.4.1")).toBe(true);
  });

  it("take half of a round-trip off a clock's difference", async () => {
    const times = [1_000, 1_200];
    const skew = await measureSkew(
      async () => 4_100,
      () => times.shift() ?? 0,
    );
    expect(skew).toEqual({ ms: 3_000, errorMs: 100 });
    expect(judgeSkew(skew)).toMatchObject({ outcome: "warning", detail: expect.stringContaining("3000 ms ahead") });
    expect(judgeSkew({ ms: -400, errorMs: 3 }).outcome).toBe("ok");
    expect(judgeSkew({ ms: -1_500, errorMs: 600 }).outcome).toBe("ok");
  });
});
