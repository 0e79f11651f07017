/** The push source: one answer an event, given when the event is durable; nothing that came is lost. */
import { createServer, request as httpRequest, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  createHttpPush,
  createPushSource,
  isPushPath,
  type PushSource,
} from "../../../../ingest/sources/push/index.ts";
import { createStandardizer } from "../../../../ingest/standardize/standardize.ts";
import { createTextHash } from "../../../../ingest/standardize/text-hash.ts";
import { decodeCursor } from "../../../../schema/cursor.ts";
import type { PlatformModel } from "../../../../schema/model/platform.ts";
import { createMemoryEventLog } from "../../../../stores/memory/event-log.ts";
import type { EventLog } from "../../../../stores/ports/event-log.ts";
import { samplePlatform } from "../sample-platform.ts";

const topic = "events.user-behavior";
const view = { user_id: "u1", item_id: "7", behavior: "pv", unix_seconds: 1_700_000_000 };

let platform: PlatformModel;
beforeAll(async () => {
  platform = await samplePlatform();
});

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into answers of every kind.
type Answer = any;

interface PushBench {
  readonly log: EventLog;
  readonly source: PushSource;
  push(body: unknown, contentType?: string, name?: string): Promise<{ status: number; body: Answer }>;
  values(): Promise<readonly string[]>;
}

async function openBench(
  log: EventLog = createMemoryEventLog(),
  onFault?: (error: unknown) => void,
): Promise<PushBench> {
  const standardizer = createStandardizer(platform, { hash: await createTextHash() });
  const clock = (): number => 1_700_000_001_000;
  const source = createPushSource({
    log,
    platform,
    standardizer,
    clock,
    ...(onFault === undefined ? {} : { onFault }),
  });
  return {
    log,
    source,
    push: (body, contentType, name = "user-behavior") => {
      const bytes =
        typeof body === "string"
          ? Buffer.from(body)
          : body instanceof Uint8Array
            ? body
            : Buffer.from(JSON.stringify(body));
      return source.push(name, bytes, { contentType });
    },
    values: async () =>
      Array.from((await log.read(topic, 0, 0, { maxRecords: 1e6, maxBytes: 1e9 })).records, (r) =>
        Buffer.from(r.value).toString(),
      ),
  };
}

describe("a pushed body", () => {
  it("gets one answer an event, in order, and a cursor that includes all", async () => {
    const bench = await openBench();
    const { status, body } = await bench.push([
      { ...view, event_id: "e1" },
      { ...view, behavior: "steal" },
      view,
      42,
      { ...view, user_id: undefined },
    ]);
    expect(status).toBe(200);
    expect(body.results).toMatchObject([
      { index: 0, status: "accepted", partition: 0, offset: 0, id: "e1" },
      {
        index: 1,
        status: "quarantined",
        offset: 1,
        rule: expect.stringContaining("behavior"),
        reason: expect.any(String),
      },
      { index: 2, status: "accepted", offset: 2, id: "0-2" },
      { index: 3, status: "quarantined", offset: 3, rule: "json" },
      { index: 4, status: "quarantined", offset: 4, rule: expect.stringContaining("userId") },
    ]);
    expect(body).toMatchObject({ accepted: 2, quarantined: 3 });
    expect(decodeCursor(body.cursor)).toEqual({ [`${topic}/0`]: 5 });
  });

  it("goes to the log byte by byte as it came", async () => {
    const bench = await openBench();
    const [one, two] = ['{"user_id" : 12345678901234567890, "x":"a,]}\\"" }', '{"a":[1,{"b":[]}],"a":2}'];
    await bench.push(` [ ${one}\n,${two} ]\n`);
    await bench.push(` ${one} `);
    await bench.push(`${one}\r\n\r\n ${two}\n`, "application/x-ndjson; charset=utf-8");
    await bench.push(`${one}\n${two}`);
    expect(await bench.values()).toEqual([one, two, one, one, two, one, two]);
  });

  it("may be an array without events", async () => {
    const bench = await openBench();
    expect(await bench.push("[]")).toMatchObject({ status: 200, body: { accepted: 0, results: [] } });
  });

  it("of lines keeps a bad line for the quarantine", async () => {
    const bench = await openBench();
    const { body } = await bench.push(`${JSON.stringify(view)}\n{"user_id":\n`, "application/x-ndjson");
    expect(body.results).toMatchObject([{ status: "accepted" }, { status: "quarantined", rule: "json" }]);
    expect(await bench.values()).toEqual([JSON.stringify(view), '{"user_id":']);
  });

  it.each([
    ["nothing", "", /empty/],
    ["text", "hello", /begins with "hello"/],
    ["a number", "42", /neither a JSON array nor an object/],
    ["a cut array", '[{"a":1},{"b"', /not JSON: .*Nothing of it was taken/],
    ["an array with a bad element", '[{"a":1},{b}]', /not JSON/],
    ["a cut object", '{"a":\n1', /not JSON/],
  ])("is refused whole when it is %s", async (_what, text, message) => {
    const bench = await openBench();
    const { status, body } = await bench.push(text);
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ code: "INPUT_INVALID", message: expect.stringMatching(message) });
    expect(body.error.remedy).toContain("NDJSON");
  });

  it("is refused for a source that nobody declared, with those that are", async () => {
    const bench = await openBench();
    const { status, body } = await bench.push([view], undefined, "__proto__");
    expect(status).toBe(404);
    expect(body.error).toMatchObject({ code: "SOURCE_UNKNOWN", message: expect.stringContaining("orders, payments") });
  });

  it("may hold 50,000 events and 32 MiB, and no more", async () => {
    const bench = await openBench();
    const many = (count: number): string => `[${Array.from({ length: count }, () => "{}").join()}]`;
    expect(await bench.push(many(50_000))).toMatchObject({ status: 200, body: { quarantined: 50_000 } });
    expect(await bench.push(many(50_001))).toMatchObject({ status: 413 });
    expect(await bench.push(Buffer.alloc((32 << 20) + 1, 32))).toMatchObject({ status: 413 });
    expect((await bench.values()).length).toBe(50_000);
  });

  it("cannot do harm by its depth, its names or its bytes", async () => {
    const bench = await openBench();
    const depth = 200_000;
    const bomb = `{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`;
    expect((await bench.push(`[${bomb}]`)).body.results).toMatchObject([{ status: "quarantined" }]);
    const names = `[{"__proto__":{"user_id":"p"},"constructor":1,"item_id":"7","behavior":"pv","unix_seconds":1}]`;
    expect((await bench.push(names)).body.results).toMatchObject([{ status: "quarantined" }]);
    const bytes = Buffer.concat([Buffer.from('[{"user_id":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}]')]);
    expect((await bench.push(bytes)).body.results).toMatchObject([{ status: "quarantined", rule: "utf8" }]);
  });

  it("is accepted only if the log took it", async () => {
    const faults: unknown[] = [];
    const log = createMemoryEventLog();
    log.append = () => Promise.reject(new Error("secret path /x"));
    const bench = await openBench(log, (fault) => faults.push(fault));
    const { status, body } = await bench.push([view]);
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain("secret");
    expect(faults).toHaveLength(1);
  });

  it("keeps the events of one key in one partition, however the key is spelt", async () => {
    const bench = await openBench();
    await bench.log.createTopic(topic, { partitions: 8 });
    const events = ["u1", "u2", "u3", "u4", "u5", "u1"].map((user_id) => ({ ...view, user_id }));
    const { body } = await bench.push(events);
    const partitions = body.results.map(({ partition }: { partition: number }) => partition);
    expect(partitions[0]).toBe(partitions[5]);
    expect(new Set(partitions).size).toBeGreaterThan(1);
    const end = Object.values(decodeCursor(body.cursor)).reduce((sum, each) => sum + each, 0);
    expect(end).toBe(events.length);
  });
});

describe("POST /ingest/<source>", () => {
  let server: Server;
  let port: number;
  beforeAll(async () => {
    const { source } = await openBench();
    const handle = createHttpPush(source);
    server = createServer((request, response) => void handle(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const post = (path: string, init: RequestInit): Promise<Response> =>
    fetch(`http://127.0.0.1:${String(port)}${path}`, { method: "POST", ...init });

  it("answers as JSON", async () => {
    const response = await post("/ingest/user-behavior?x=1", { body: JSON.stringify([view]) });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ accepted: 1, results: [{ index: 0, status: "accepted" }] });
  });

  it("refuses other methods, types and pages of other hosts", async () => {
    const get = await post("/ingest/orders", { method: "GET" });
    expect([get.status, get.headers.get("allow")]).toEqual([405, "POST"]);
    expect((await post("/ingest/orders", { body: "a,b", headers: { "content-type": "text/csv" } })).status).toBe(415);
    expect((await post("/ingest/orders", { body: "[]", headers: { origin: "https://evil.example" } })).status).toBe(
      403,
    );
    expect(
      (await post("/ingest/orders", { body: "[]", headers: { origin: `http://127.0.0.1:${String(port)}` } })).status,
    ).toBe(200);
    expect((await post("/ingest/%zz", { body: "[]" })).status).toBe(404);
  });

  it("answers also a body that it does not read to its end", async () => {
    const status = await new Promise((resolve, reject) => {
      const request = httpRequest({ port, method: "POST", path: "/ingest/orders" }, (response) => {
        resolve(response.statusCode);
        request.destroy();
      });
      request.on("error", reject);
      const chunk = Buffer.alloc(1 << 20, 32);
      for (let i = 0; i < 40; i++) request.write(chunk);
    });
    expect(status).toBe(413);
  });

  it("knows its own paths", () => {
    expect(["/ingest/orders", "/ingest/orders/", "/ingest/", "/ingest/a?b=c"].every(isPushPath)).toBe(true);
    expect(["/ingest", "/ingested/a", "/graphql", "/ingest/a/b"].some(isPushPath)).toBe(false);
  });
});
