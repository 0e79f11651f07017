/** What /metrics says is what happened. */
import { describe, expect, it } from "@jest/globals";
import { decodeCursor } from "../../../schema/cursor.ts";
import { createSnapshotRequests } from "../../../cli/telemetry/snapshot-requests.ts";
import { gatherMetrics } from "../../../cli/telemetry/gather-metrics.ts";
import { samplePlatform } from "../../support/compile-platform.ts";
import { openMemoryInstance, type MemoryInstance } from "../../support/memory-instance.ts";
import { subscribeByWebSocket } from "../../support/open-subscription.ts";
import { ask } from "../../support/onefold-program.ts";
import { readPrometheusText, type ReadMetrics } from "../../support/prometheus-text.ts";

const platform = samplePlatform();

async function push(instance: MemoryInstance, events: readonly object[]): Promise<void> {
  const response = await fetch(`${instance.url}/ingest/user-behavior`, {
    method: "POST",
    body: JSON.stringify(events),
  });
  const { cursor } = (await response.json()) as { cursor: string };
  expect(await instance.engine.waitFor(decodeCursor(cursor), "all", 10_000)).toBe(true);
}

function behavior(id: string, user: string | null = "1", time = Math.floor(Date.now() / 1000)): object {
  return { event_id: id, user_id: user, item_id: "7", behavior: "pv", unix_seconds: time };
}

async function scrape(url: string): Promise<ReadMetrics> {
  const response = await fetch(`${url}/metrics`);
  expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
  return readPrometheusText(await response.text());
}

describe("metrics", () => {
  it("count every event once, by source and by what became of it", async () => {
    await using instance = await openMemoryInstance(platform);
    await push(instance, [
      behavior("a"),
      behavior("a"),
      behavior("b"),
      behavior("c", null),
      behavior("d", "2", 1511658000),
    ]);
    const { value } = await scrape(instance.url);
    const source = "user-behavior";
    const outcomes = ["applied", "late", "duplicate", "quarantined"].map((outcome) =>
      value("onefold_ingest_events_total", { source, outcome }),
    );
    expect(outcomes).toEqual([2, 1, 1, 1]);
    expect(value("onefold_ingest_records_total", { source })).toBe(5);
    expect(value("onefold_ingest_dedupe_entries", { source })).toBe(3);
    expect(value("onefold_ingest_stage_seconds_count", { stage: "quarantine" })).toBe(1);
    for (const stage of ["read", "standardize", "state", "changes", "series"]) {
      expect(value("onefold_ingest_stage_seconds_count", { stage })).toBeGreaterThan(0);
    }
    expect(value("onefold_ingest_series_rows_total")).toBeGreaterThan(0);
    expect(value("onefold_ingest_partitions")).toBe(platform.sources.length);
    expect(value("onefold_build_info", { version: "1.2.3" })).toBe(1);
    expect(value("onefold_generation")).toBe(1);
  });

  it("tell how far each store is behind, in events and in seconds", async () => {
    await using instance = await openMemoryInstance(platform);
    await push(instance, [behavior("a")]);
    await instance.engine.pauseIngest();
    const body = JSON.stringify([behavior("b"), behavior("c")]);
    await fetch(`${instance.url}/ingest/user-behavior`, { method: "POST", body });
    const { value } = await scrape(instance.url);
    for (const store of ["state", "series"]) {
      expect(value("onefold_ingest_lag_events", { source: "user-behavior", store })).toBe(2);
      expect(value("onefold_ingest_lag_seconds", { source: "user-behavior", store })).toBeGreaterThan(0);
      expect(value("onefold_ingest_lag_events", { source: "orders", store })).toBe(0);
    }
    expect(value("onefold_log_end_offset", { source: "user-behavior" })).toBe(3);
  });

  it("count operations by type and outcome, subscriptions that are open, and reads of subgraphs", async () => {
    await using instance = await openMemoryInstance(platform);
    await ask(instance.url, `{ consumer(id: "1") { views } }`);
    await ask(instance.url, `query Named { consumer(id: "1") { views } item(id: "7") { views } }`);
    await ask(
      instance.url,
      `mutation { publishUserBehavior(event: { userId: "9", itemId: "7", behavior: pv }) { eventId } }`,
    );
    const refused = `mutation { publishUserBehavior(event: { userId: "9", itemId: "a b", behavior: pv }) { eventId } }`;
    expect((await ask(instance.url, refused)).errors).toHaveLength(1);
    {
      await using live = subscribeByWebSocket(instance.url, `subscription { consumerChanged(id: "9") { views } }`);
      const first = live.next();
      await untilSubscriptions(instance.url, 1);
      await push(instance, [behavior("z", "9")]);
      await first;
      const { value } = await scrape(instance.url);
      expect(value("onefold_gateway_subscriptions")).toBe(1);
      expect(value("onefold_gateway_messages_total", { outcome: "ok" })).toBeGreaterThan(0);
    }
    const { value } = await scrape(instance.url);
    const requests = (type: string, outcome: string): number =>
      value("onefold_gateway_requests_total", { type, outcome });
    expect([requests("query", "ok"), requests("mutation", "ok"), requests("mutation", "failed")]).toEqual([2, 1, 1]);
    expect(requests("subscription", "ok")).toBe(1);
    for (const operation of ["anonymous", "Named"]) {
      expect(value("onefold_gateway_request_seconds_count", { type: "query", operation, code: "OK" })).toBe(1);
    }
    expect(value("onefold_gateway_subgraph_calls_total", { subgraph: "consumer", outcome: "ok" })).toBeGreaterThan(2);
    expect(value("onefold_gateway_subgraph_calls_total", { subgraph: "consumer", outcome: "errors" })).toBe(1);
    await untilSubscriptions(instance.url, 0);
  });

  it("keep to the conventions: our prefix, base units, and labels that do not grow with the data", async () => {
    await using instance = await openMemoryInstance(platform);
    const users = Array.from({ length: 300 }, (_, i) => behavior(`e${String(i)}`, String(i)));
    await push(instance, users);
    for (let i = 0; i < 20; i++)
      await ask(instance.url, `query Q${String(i)} { consumer(id: "${String(i)}") { views } }`);
    const { types, samples } = await scrape(instance.url);
    for (const [name, type] of types) {
      expect(name).toMatch(/^(onefold|process|nodejs)_/);
      if (!name.startsWith("onefold_")) continue;
      expect(name).not.toMatch(/_(ms|millis|milliseconds|kb|mb|percent)$/);
      expect(name.endsWith("_total")).toBe(type === "counter");
    }
    const labels = new Set(
      samples.flatMap((sample) => (sample.name.startsWith("onefold_") ? Object.keys(sample.labels) : [])),
    );
    const bounded = [
      ...["door", "operation", "result"],
      "worker",
      "source",
      "partition",
      "outcome",
      "stage",
      "store",
      "method",
      "code",
      "type",
      "subgraph",
    ];
    expect([...labels].filter((label) => !bounded.includes(label)).sort()).toEqual([
      "le",
      "quantile",
      "thread",
      "version",
    ]);
    expect(samples.length).toBeLessThan(2_000);
  });

  it("are not there when they are switched off", async () => {
    await using instance = await openMemoryInstance(platform, { metrics: false });
    expect((await fetch(`${instance.url}/metrics`)).status).toBe(404);
    expect((await fetch(`${instance.url}/health`)).status).toBe(200);
  });
});

async function untilSubscriptions(url: string, open: number): Promise<void> {
  while ((await scrape(url)).value("onefold_gateway_subscriptions") !== open) await new Promise(setImmediate);
}

describe("metrics of another thread", () => {
  const counter = { name: "onefold_x_total", help: "h", type: "counter", aggregator: "sum" };
  const snapshot = (value: number) => [{ ...counter, values: [{ labels: { store: "log" }, value }] }] as never;

  it("are added to those of this one", async () => {
    const { text } = await gatherMetrics([snapshot(2), snapshot(3)]);
    expect(readPrometheusText(text).value("onefold_x_total", { store: "log" })).toBe(5);
  });

  it("are left out when it does not answer, and late answers are dropped", async () => {
    const asked: number[] = [];
    const requests = createSnapshotRequests((id) => asked.push(id), 5);
    expect(await requests.ask()).toBeNull();
    requests.take(asked[0] ?? 0, snapshot(1));
    const second = requests.ask();
    requests.take(asked[1] ?? 0, snapshot(1));
    expect(await second).toEqual(snapshot(1));
  });
});
