/** The gateway's metrics: bounded by name and code, and each counted where it happens. */
import { describe, expect, it } from "@jest/globals";
import { Registry } from "prom-client";
import { createGatewayMetrics } from "../../../cli/telemetry/gateway-metrics.ts";
import { gatherMetrics } from "../../../cli/telemetry/gather-metrics.ts";
import { openGateway } from "../../gateway/fixtures/gateway-client.ts";
import { shopGraph } from "../../gateway/fixtures/shop-graph.ts";
import { readPrometheusText, type ReadMetrics } from "../../support/prometheus-text.ts";

async function openMeasured(maxNames = 100) {
  const registry = new Registry();
  const monitor = createGatewayMetrics(registry, maxNames);
  const gateway = await openGateway({ subgraphs: shopGraph().subgraphs, options: { monitor } });
  const scrape = async (): Promise<ReadMetrics> =>
    readPrometheusText((await gatherMetrics([await registry.getMetricsAsJSON()])).text);
  return { gateway, monitor, scrape, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
}

describe("operations", () => {
  it("are kept apart by name up to a bound, and the others are one", async () => {
    await using measured = await openMeasured(2);
    const names = ["N".repeat(200), "A", "B", "C", "A", "D"];
    for (const name of names) await measured.gateway.ask(`query ${name} { me { id } }`);
    const { samples, value } = await measured.scrape();
    expect(value("onefold_gateway_requests_in_flight")).toBe(0);
    const counts = samples
      .filter(({ name }) => name === "onefold_gateway_request_seconds_count")
      .map(({ labels, value }) => [labels["operation"], labels["type"], labels["code"], value]);
    expect(counts.sort()).toEqual([
      ["A", "query", "OK", 2],
      ["B", "query", "OK", 1],
      ["other", "query", "OK", 3],
    ]);
  });

  it("that never were valid lend no name, and are counted by code", async () => {
    await using measured = await openMeasured();
    await measured.gateway.ask("query Secret { nothing }");
    await measured.gateway.ask("query Broken {");
    const { samples, value } = await measured.scrape();
    expect(samples.some(({ labels }) => ["Secret", "Broken"].includes(labels["operation"] ?? ""))).toBe(false);
    expect(value("onefold_gateway_refused_requests_total", { code: "GRAPHQL_VALIDATION_FAILED" })).toBe(1);
    expect(value("onefold_gateway_refused_requests_total", { code: "GRAPHQL_PARSE_FAILED" })).toBe(1);
    expect(value("onefold_gateway_requests_in_flight")).toBe(0);
  });

  it("have their error's code as a label, of which there are not more than may be", async () => {
    await using measured = await openMeasured();
    await measured.gateway.ask("query Fails { reviewsFail { id } me { id } }");
    for (let i = 0; i < 60; i++) measured.monitor.refused?.(`CODE_${i}`);
    const { samples, value } = await measured.scrape();
    expect(value("onefold_gateway_request_seconds_count", { operation: "Fails", code: "CLOSED" })).toBe(1);
    expect(value("onefold_gateway_subgraph_call_seconds_count", { subgraph: "opinions", code: "CLOSED" })).toBe(1);
    const codes = samples.filter(({ name }) => name === "onefold_gateway_refused_requests_total");
    expect(codes).toHaveLength(50);
    expect(codes.find(({ labels }) => labels["code"] === "other")?.value).toBe(11);
  });

  it("tell plans that were there from those that were made, and the bytes of answers", async () => {
    await using measured = await openMeasured();
    for (let i = 0; i < 3; i++) await measured.gateway.ask("{ me { name } }");
    const { value } = await measured.scrape();
    expect(value("onefold_gateway_plan_lookups_total", { result: "hit" })).toBe(2);
    expect(value("onefold_gateway_plan_lookups_total", { result: "miss" })).toBe(1);
    expect(value("onefold_gateway_plan_seconds_count")).toBe(1);
    expect(value("onefold_gateway_answer_bytes_sum", { type: "query" })).toBe(
      3 * '{"data":{"me":{"name":"Ada"}}}'.length,
    );
    const upTo = (le: string): number => value("onefold_gateway_answer_bytes_bucket", { type: "query", le });
    expect([upTo("100"), upTo("+Inf")]).toEqual([3, 3]);
  });
});

describe("WebSockets", () => {
  it("are counted while they are open, and their operations by door", async () => {
    await using measured = await openMeasured();
    const client = measured.gateway.socketClient();
    const stream = client.iterate({ query: "{ me { id } }" });
    await stream.next();
    const { value } = await measured.scrape();
    expect(value("onefold_gateway_requests_total", { door: "websocket", type: "query", outcome: "ok" })).toBe(1);
    await client.dispose();
    while ((await measured.scrape()).value("onefold_gateway_websockets") !== 0) await new Promise(setImmediate);
  });

  it("are one while one is open", async () => {
    await using measured = await openMeasured();
    const client = measured.gateway.socketClient();
    const stream = client.iterate({ query: "subscription { reviewAdded { id } }" });
    const pending = stream.next();
    while ((await measured.scrape()).value("onefold_gateway_subscriptions") !== 1) await new Promise(setImmediate);
    expect((await measured.scrape()).value("onefold_gateway_websockets")).toBe(1);
    await stream.return?.();
    await pending;
    await client.dispose();
  });
});

describe("ways to subgraphs", () => {
  it("have a circuit that is open, closed, or gone with its subgraph", async () => {
    await using measured = await openMeasured();
    const open = async (): Promise<number> =>
      (await measured.scrape()).value("onefold_gateway_subgraph_circuit_open", { subgraph: "far" });
    const first = measured.monitor.circuit?.("far");
    expect(await open()).toBe(0);
    first?.changed("open");
    expect(await open()).toBe(1);
    // A reload has opened the way to the same subgraph anew before the old one is let go.
    const second = measured.monitor.circuit?.("far");
    first?.gone();
    expect(await open()).toBe(0);
    second?.changed("open");
    second?.changed("closed");
    expect(await open()).toBe(0);
  });

  it("count retries and shared reads", async () => {
    await using measured = await openMeasured();
    measured.monitor.retried?.("far");
    measured.monitor.readShared?.("far");
    measured.monitor.readShared?.("far");
    const { value } = await measured.scrape();
    expect(value("onefold_gateway_subgraph_retries_total", { subgraph: "far" })).toBe(1);
    expect(value("onefold_gateway_subgraph_shared_reads_total", { subgraph: "far" })).toBe(2);
  });
});
