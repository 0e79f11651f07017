/** The checks of ClickHouse, over HTTP on the engine. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { runChecks, type CheckReport } from "../../../cli/doctor/check.ts";
import { clickHouseChecks } from "../../../cli/doctor/clickhouse-checks.ts";
import { seriesLayout } from "../../../schema/layout/series-layout.ts";
import { createSeriesStore } from "../../../stores/clickhouse/series-store.ts";
import type { ClickHouseOptions } from "../../../stores/distributed/clickhouse/clickhouse-options.ts";
import { connectClickHouse } from "../../../stores/distributed/clickhouse/connect-clickhouse.ts";
import { samplePlatform } from "../../support/compile-platform.ts";
import { startTestClickHouse, type TestClickHouse } from "../../support/start-clickhouse.ts";

const tables = seriesLayout(samplePlatform());
const signal = new AbortController().signal;

async function examine(options: ClickHouseOptions, generation: number | null): Promise<(name: string) => CheckReport> {
  const { checks } = await runChecks(clickHouseChecks({ options, tables, generation: async () => generation }), {
    signal,
  });
  return (name) => {
    const found = checks.find((check) => check.name === name);
    if (found === undefined) throw new Error(`no check ${name}`);
    return found;
  };
}

describe("the checks of ClickHouse", () => {
  let service: TestClickHouse;
  let options: ClickHouseOptions;

  beforeAll(async () => {
    service = await startTestClickHouse();
    options = { url: service.url, database: "doctor_test", cluster: null };
    await using store = createSeriesStore(connectClickHouse(options));
    await store.prepare(1, tables);
  }, 60_000);
  afterAll(async () => {
    await service[Symbol.asyncDispose]();
  });

  it("find a good server good, with every table as declared", async () => {
    const of = await examine(options, 1);
    expect(of("clickhouse")).toMatchObject({ outcome: "ok", detail: expect.stringMatching(/^ClickHouse \d+\./) });
    expect(of("clickhouse clock").outcome).toBe("ok");
    expect(of("clickhouse tables")).toMatchObject({
      outcome: "ok",
      detail: expect.stringContaining(`${String(tables.length)} tables of generation 1`),
    });
  });

  it("tell of a table that is missing, and of one that has other columns", async () => {
    expect((await examine(options, 2))("clickhouse tables")).toMatchObject({
      outcome: "failed",
      detail: expect.stringContaining("g2_dwd_UserBehavior is missing"),
      remedy: expect.stringContaining("onefold replay"),
    });
    await using connection = connectClickHouse(options);
    await connection.command("ALTER TABLE `g1_dwd_UserBehavior` ADD COLUMN `more` String");
    const { outcome, detail } = (await examine(options, 1))("clickhouse tables");
    expect([outcome, detail.includes("more String")]).toEqual(["failed", true]);
  });

  it("leave the tables alone while no generation serves, and a database that is not there, too", async () => {
    expect((await examine(options, null))("clickhouse tables").outcome).toBe("skipped");
    const of = await examine({ ...options, database: "never_made" }, 1);
    expect(of("clickhouse").outcome).toBe("ok");
    expect(of("clickhouse tables").outcome).toBe("failed");
  });

  it("tell of a server that is not there", async () => {
    const of = await examine({ ...options, url: "http://127.0.0.1:1", requestTimeoutMs: 500 }, 1);
    expect(of("clickhouse")).toMatchObject({ outcome: "failed", where: "http://127.0.0.1:1" });
  });
});
