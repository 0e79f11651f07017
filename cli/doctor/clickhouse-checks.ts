/** The checks of ClickHouse: it answers, its clock is ours, and its tables are what the declarations ask for. */
import type { TableLayout } from "../../schema/layout/series-layout.ts";
import { openClickHouseServer, type ClickHouseServer } from "../../stores/distributed/clickhouse/clickhouse-server.ts";
import type { ClickHouseOptions } from "../../stores/distributed/clickhouse/clickhouse-options.ts";
import { tableShape } from "../../stores/clickhouse/table-shape.ts";
import { failed, ok, type Check, type CheckResult } from "./check.ts";
import { judgeSkew, measureSkew } from "./clock-skew.ts";
import { isAtLeast } from "./versions.ts";

export interface ClickHouseFacts {
  readonly options: ClickHouseOptions;
  readonly tables: readonly TableLayout[];
  /** The generation that serves; null while that is unknown: tables are then not looked at. */
  readonly generation: () => Promise<number | null>;
}

/** A release with long-term support that has all that is used. */
const LEAST_VERSION = "24.8";

export function clickHouseChecks({ options, tables, generation }: ClickHouseFacts): readonly Check[] {
  const urls = [options.url, ...(options.cluster?.shards.flat() ?? []).filter((url) => url !== options.url)];
  // The database may not be there yet, which is no fault.
  const at = (url: string) => ({ ...options, url, database: "default" });
  const perServer = urls.flatMap((url) => [
    { name: "clickhouse", where: url, run: () => within(at(url), checkServer) },
    { name: "clickhouse clock", where: url, run: () => within(at(url), checkClock) },
  ]);
  const drift = async (): Promise<CheckResult> => {
    const serving = await generation();
    if (serving === null) return { outcome: "skipped", detail: "no generation serves yet" };
    return within(at(options.url), (server) => checkTables(server, { database: options.database, serving, tables }));
  };
  return [...perServer, { name: "clickhouse tables", where: `${options.url} ${options.database}`, run: drift }];
}

async function within(
  options: Parameters<typeof openClickHouseServer>[0],
  look: (server: ClickHouseServer) => Promise<CheckResult>,
): Promise<CheckResult> {
  await using server = openClickHouseServer(options);
  return await look(server);
}

async function checkServer(server: ClickHouseServer): Promise<CheckResult> {
  const [[version] = []] = await server.query("SELECT version()", {}, {});
  const text = `ClickHouse ${String(version)}`;
  if (isAtLeast(String(version), LEAST_VERSION)) return ok(text);
  return failed(text, `Use ClickHouse ${LEAST_VERSION} or newer.`);
}

async function checkClock(server: ClickHouseServer): Promise<CheckResult> {
  const skew = await measureSkew(async () => {
    const [[now] = []] = await server.query("SELECT toString(toUnixTimestamp64Milli(now64(3)))", {}, {});
    return Number(now);
  });
  return judgeSkew(skew);
}

async function checkTables(
  server: ClickHouseServer,
  of: { readonly database: string; readonly serving: number; readonly tables: readonly TableLayout[] },
): Promise<CheckResult> {
  const rows = await server.query(
    "SELECT table, name, type FROM system.columns WHERE database = {database:String} ORDER BY table, position",
    { database: of.database },
    {},
  );
  const have = new Map<string, string[]>();
  for (const [table, name, type] of rows) {
    const columns = have.get(String(table)) ?? [];
    columns.push(`${String(name)} ${String(type)}`);
    have.set(String(table), columns);
  }
  const drift = of.tables.flatMap((layout) => {
    const table = `g${String(of.serving)}_${layout.name}`;
    const want = tableShape(layout).columns.map(({ name, type }) => `${name} ${type}`);
    const found = have.get(table);
    if (found === undefined) return [`${table} is missing`];
    return found.join(", ") === want.join(", ") ? [] : [`${table} has (${found.join(", ")}), not (${want.join(", ")})`];
  });
  if (drift.length === 0)
    return ok(`${String(of.tables.length)} tables of generation ${String(of.serving)} are as declared`);
  return failed(`${drift.join("; ")}.`, "Run `onefold replay`, which makes new tables from history and log.");
}
