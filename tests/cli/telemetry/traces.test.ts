/** One event's trace, from where it enters to the stores: sent to a collector over HTTP. */
import { describe, expect, it } from "@jest/globals";
import { decodeCursor } from "../../../schema/cursor.ts";
import { samplePlatform } from "../../support/compile-platform.ts";
import { openMemoryInstance, type MemoryInstance } from "../../support/memory-instance.ts";
import { openOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from "../../support/otlp-receiver.ts";

const platform = samplePlatform();
const traceId = "0af7651916cd43dd8448eb211c80319c";
const callerId = "b7ad6b7169203331";

function openTraced(collector: OtlpReceiver, sampleRatio = 1): Promise<MemoryInstance> {
  const tracing = { otlpEndpoint: collector.endpoint, sampleRatio, flushIntervalMs: 10 };
  return openMemoryInstance(platform, { tracing });
}

async function push(instance: MemoryInstance, ids: readonly string[], headers: Record<string, string> = {}) {
  const events = ids.map((id) => ({
    event_id: id,
    user_id: "1",
    item_id: "7",
    behavior: "pv",
    unix_seconds: 1511658000,
  }));
  const response = await fetch(`${instance.url}/ingest/user-behavior`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(events),
  });
  const { cursor } = (await response.json()) as { cursor: string };
  expect(await instance.engine.waitFor(decodeCursor(cursor), "all", 10_000)).toBe(true);
}

function byName(spans: readonly ReceivedSpan[], name: string): ReceivedSpan {
  const found = spans.find((span) => span.name === name);
  if (found === undefined) throw new Error(`no span ${name} among ${spans.map((span) => span.name).join(", ")}`);
  return found;
}

describe("the trace of a pushed event", () => {
  it("goes from the caller over the append and the stages to the series write", async () => {
    await using collector = await openOtlpReceiver();
    await using instance = await openTraced(collector);
    await push(instance, ["a"], { traceparent: `00-${traceId}-${callerId}-01` });
    await collector.until((spans) => spans.some(({ name }) => name === "series"));
    const mine = collector.spans.filter((span) => span.traceId === traceId);
    const append = byName(mine, "append events.user-behavior");
    const batch = byName(mine, "ingest events.user-behavior");
    expect(append.parentSpanId).toBe(callerId);
    expect(batch.parentSpanId).toBe(append.spanId);
    for (const stage of ["read", "standardize", "state", "changes", "series"]) {
      expect(byName(mine, stage).parentSpanId).toBe(batch.spanId);
    }
    const order = [append, byName(mine, "state"), byName(mine, "series")].map((span) => BigInt(span.startTimeUnixNano));
    expect([...order].sort((x, y) => (x < y ? -1 : 1))).toEqual(order);
  });

  it("of a batch with several appends continues the first and links to the others", async () => {
    await using collector = await openOtlpReceiver();
    await using instance = await openTraced(collector);
    await instance.engine.pauseIngest();
    const origin = { format: "json", producer: "test" } as const;
    const value = Buffer.from(
      JSON.stringify({ event_id: "x", user_id: "1", item_id: "7", behavior: "pv", unix_seconds: 1511658000 }),
    );
    for (let i = 0; i < 50; i++) {
      await instance.engine.log.append("events.user-behavior", {
        origin,
        time: Date.now(),
        records: [{ key: null, value, sequence: null }],
      });
    }
    instance.engine.resumeIngest();
    await collector.until((spans) => spans.some(({ name }) => name === "series"));
    const appends = collector.spans.filter(({ name }) => name === "append events.user-behavior");
    const batch = byName(collector.spans, "ingest events.user-behavior");
    expect(appends).toHaveLength(50);
    expect(batch.parentSpanId).toBe(appends[0]?.spanId);
    // Bounded: a batch of thousands of appends does not name them all.
    expect(batch.links).toHaveLength(32);
    expect(batch.links?.map(({ spanId }) => spanId)).toEqual(appends.slice(1, 33).map(({ spanId }) => spanId));
  });
});

describe("the trace of a mutation", () => {
  it("goes from the request over the subgraph to the append and the stages", async () => {
    await using collector = await openOtlpReceiver();
    await using instance = await openTraced(collector);
    const answer = await fetch(`${instance.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", traceparent: `00-${traceId}-${callerId}-01` },
      body: JSON.stringify({
        query: `mutation Look { publishUserBehavior(event: { userId: "9", itemId: "7", behavior: pv }) { eventId } }`,
      }),
    });
    expect(await answer.json()).not.toHaveProperty("errors");
    await collector.until((spans) => spans.some(({ name }) => name === "series"));
    const mine = collector.spans.filter((span) => span.traceId === traceId);
    const request = byName(mine, "mutation");
    const call = byName(mine, "subgraph consumer");
    const append = byName(mine, "append events.user-behavior");
    expect([request.parentSpanId, call.parentSpanId, append.parentSpanId]).toEqual([
      callerId,
      request.spanId,
      call.spanId,
    ]);
    expect(byName(mine, "ingest events.user-behavior").parentSpanId).toBe(append.spanId);
    expect(request.attributes).toContainEqual({ key: "graphql.operation.name", value: { stringValue: "Look" } });
  });
});

describe("sampling", () => {
  it("keeps the caller's decision, in both directions", async () => {
    await using collector = await openOtlpReceiver();
    await using instance = await openTraced(collector, 0);
    await push(instance, ["a"]);
    await push(instance, ["b"], { traceparent: `00-${"1".repeat(32)}-${callerId}-00` });
    await push(instance, ["c"], { traceparent: `00-${traceId}-${callerId}-01` });
    await collector.until((spans) => spans.some(({ name }) => name === "series"));
    expect(new Set(collector.spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
    const { records } = await instance.engine.log.read("events.user-behavior", 0, 0);
    expect(Array.from(records, ({ origin }) => origin.traceparent !== undefined)).toEqual([false, false, true]);
  });

  it("leaves no trace context in the log where traces are off", async () => {
    await using instance = await openMemoryInstance(platform);
    await push(instance, ["a"], { traceparent: `00-${traceId}-${callerId}-01` });
    const { records } = await instance.engine.log.read("events.user-behavior", 0, 0);
    expect([...records][0]?.origin).toEqual({ format: "json", producer: "http" });
  });
});

describe("a collector that is away", () => {
  it("costs the traces, and neither answers nor the shutdown", async () => {
    const tracing = { otlpEndpoint: "http://127.0.0.1:1/v1/traces", sampleRatio: 1, flushIntervalMs: 10 };
    await using instance = await openMemoryInstance(platform, { tracing });
    await push(instance, ["a"]);
    expect((await instance.engine.log.ranges("events.user-behavior"))[0]?.end).toBe(1);
  });
});
