/** The log of slow operations: what stands in a line, what never does, and how many lines there are. */
import { describe, expect, it } from "@jest/globals";
import { createHash } from "node:crypto";
import type { LogEvent } from "../../../cli/telemetry/log-event.ts";
import { createSlowOperationLog } from "../../../cli/telemetry/log-slow-operations.ts";
import { openGateway } from "../../gateway/fixtures/gateway-client.ts";
import { shopGraph } from "../../gateway/fixtures/shop-graph.ts";

async function openLogged(thresholdMs: number, now: () => number = () => 0) {
  const events: LogEvent[] = [];
  const monitor = createSlowOperationLog((event) => events.push(event), { thresholdMs, now });
  const gateway = await openGateway({ subgraphs: shopGraph().subgraphs, options: { monitor } });
  return { gateway, events, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
}

describe("a slow operation", () => {
  const query =
    'query Slow($id: ID!) { product(id: $id) { name reviews { body } } me { id } q: product(id: "literal-secret") { id } }';

  it("has a line that says where its time went, without document and values", async () => {
    await using logged = await openLogged(0);
    await logged.gateway.ask(query, { id: "variable-secret" }, { headers: { "x-request-id": "r-17" } });
    expect(logged.events).toEqual([
      expect.objectContaining({
        event: "gateway.slow_operation",
        fields: expect.objectContaining({
          ...{ requestId: "r-17", operation: "Slow", type: "query", door: "http", outcome: "ok" },
          hash: createHash("sha256").update(query).digest("hex"),
          ...{ ms: expect.any(Number), parseMs: expect.any(Number), planMs: expect.any(Number) },
          ...{ fetchMs: expect.any(Number), writeMs: expect.any(Number) },
          fetches: 2,
          slowest: expect.arrayContaining([{ subgraph: "catalog", ms: expect.any(Number), outcome: "ok" }]),
        }),
      }),
    ]);
    expect(JSON.stringify(logged.events)).not.toContain("secret");
  });

  it("has none below the threshold", async () => {
    await using logged = await openLogged(600_000);
    await logged.gateway.ask("{ me { id } }");
    expect(logged.events).toEqual([]);
  });

  it("has none where there were ten in ten seconds, and the next line says how many had none", async () => {
    let now = 0;
    await using logged = await openLogged(0, () => now);
    for (let i = 0; i < 15; i++) await logged.gateway.ask("{ me { id } }");
    expect(logged.events).toHaveLength(10);
    now = 10_000;
    for (let i = 0; i < 2; i++) await logged.gateway.ask("{ me { id } }");
    expect(logged.events.slice(10).map(({ fields }) => fields["unlogged"])).toEqual([5, undefined]);
  });
});
