/** What operators and developers see of `onefold gateway` from outside: settings, traces, metrics, slow operations and plans. */
import { once } from "node:events";
import { rename, writeFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text as readText } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { composeSubgraphs } from "../../gateway/compose.ts";
import {
  composeSmall,
  startGateway,
  startSmallSubgraph,
  type SmallSubgraphProcess,
} from "../support/gateway-program.ts";
import { ask, askData, runOnefold } from "../support/onefold-program.ts";
import { openOtlpReceiver, type ReceivedSpan } from "../support/otlp-receiver.ts";
import { readPrometheusText } from "../support/prometheus-text.ts";
import { openTemporaryFolder } from "../support/temporary-folder.ts";

let people: SmallSubgraphProcess;
let posts: SmallSubgraphProcess;

beforeAll(async () => {
  [people, posts] = await Promise.all([startSmallSubgraph("people"), startSmallSubgraph("posts")]);
}, 120_000);

afterAll(() => Promise.all([people.kill(), posts.kill()]));

const joined = "query Joined { people { name posts { title } } }";

/** A folder with a supergraph and settings; `args` name both. */
async function openFolder(settings: string, supergraph = composeSmall([people, posts])) {
  const folder = await openTemporaryFolder();
  const at = (name: string): string => join(folder.path, name);
  await writeFile(at("supergraph.graphql"), supergraph);
  await writeFile(at("onefold.yaml"), settings);
  return {
    at,
    args: ["--supergraph", at("supergraph.graphql"), "--config", at("onefold.yaml")],
    write: async (name: string, text: string): Promise<void> => {
      await writeFile(at(`${name}.next`), text);
      await rename(at(`${name}.next`), at(name));
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

function post(url: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

const codeOf = async (url: string, query: string): Promise<unknown> =>
  (await ask(url, query)).errors?.[0]?.extensions?.["code"];

describe("the gateway's settings", () => {
  it("hold: limits, simple GET, compression and Server-Timing", async () => {
    await using folder = await openFolder(
      "gateway: { maxDepth: 2, maxBodyBytes: 500, allowSimpleGet: false, compressFromBytes: 1, serverTiming: always }",
    );
    await using gateway = await startGateway(folder.args);
    expect(await codeOf(gateway.url, "{ posts { by { name } } }")).toBe("DOCUMENT_LIMIT");
    expect((await post(gateway.url, { query: `{ posts { id } } # ${"x".repeat(500)}` })).status).toBe(413);
    expect((await fetch(`${gateway.url}/graphql?query=%7Bposts%7Bid%7D%7D`)).status).toBe(403);
    const answer = await post(gateway.url, { query: "{ posts { id } }" }, { "accept-encoding": "gzip" });
    expect(answer.headers.get("content-encoding")).toBe("gzip");
    expect(answer.headers.get("server-timing")).toMatch(/^parse;dur=.*, subgraph;dur=[\d.]+;desc="posts"$/);
  });

  it("are refused where they are wrong, and shown where they are right", async () => {
    await using wrong = await openFolder("gateway: { maxDepht: 2, maxTokens: 0, serverTiming: sometimes }");
    const refused = await runOnefold(["gateway", ...wrong.args]);
    expect(refused.stderr).toContain('gateway has no setting "maxDepht".');
    expect(refused.stderr).toContain("gateway.maxTokens cannot be 0. It takes a whole number from 1.");
    expect(refused.stderr).toContain("It takes one of never, asked, always.");
    await using right = await openFolder("gateway: { maxDepth: 7 }");
    const shown = await runOnefold(["config", "check", "--config", right.at("onefold.yaml")]);
    expect(shown.stdout).toMatch(/gateway\.maxDepth +7 /);
  });

  it("have the only documents that run, which are taken anew when the file changes, unless it is broken", async () => {
    await using folder = await openFolder("gateway: { trustedDocuments: documents.json }");
    const body = "{ posts { id } }";
    await folder.write("documents.json", JSON.stringify({ first: body }));
    await using gateway = await startGateway(folder.args);
    const named = { extensions: { persistedQuery: { version: 1, sha256Hash: "first" } } };
    expect((await post(gateway.url, named)).status).toBe(200);
    expect(await codeOf(gateway.url, "{ people { id } }")).toBe("DOCUMENT_NOT_TRUSTED");
    await folder.write("documents.json", '{"first": ');
    const { code, warnings } = await gateway.untilHealth((health) => health.warnings.length > 0);
    expect([code, warnings[0]]).toEqual([200, expect.stringContaining("is refused: it is not JSON")]);
    expect((await post(gateway.url, named)).status).toBe(200);
    const operations = [{ id: "second", name: "P", type: "query", body: "query P { people { id } }" }];
    const manifest = { format: "apollo-persisted-query-manifest", version: 1, operations };
    await folder.write("documents.json", JSON.stringify(manifest));
    await gateway.untilHealth((health) => health.warnings.length === 0);
    expect((await post(gateway.url, named)).status).toBe(403);
    expect(await askData(gateway.url, "query P { people { id } }")).toBeDefined();
    const { value } = readPrometheusText(await gateway.metrics());
    expect(value("onefold_gateway_trusted_documents_reloads_total", { outcome: "refused" })).toBe(1);
    expect(value("onefold_gateway_trusted_documents_reloads_total", { outcome: "served" })).toBe(1);
  });

  it("name a file of documents that is not there: it does not start", async () => {
    await using folder = await openFolder("gateway: { trustedDocuments: nowhere.json }");
    const result = await runOnefold(["gateway", "--port", "0", ...folder.args]);
    expect([result.code, result.stderr]).toEqual([1, expect.stringContaining("The list of trusted documents")]);
  });
});

/** A subgraph that answers always the same and keeps the headers that it was sent. */
async function openRecorder() {
  const headers: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    void readText(request).then((body) => {
      headers.push(request.headers);
      const fails = body.includes("fails");
      const answer = fails ? { errors: [{ message: "No.", extensions: { code: "NOPE" } }] } : { data: { a: 1 } };
      response.setHeader("content-type", "application/json").end(JSON.stringify({ data: null, ...answer }));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/graphql`;
  const supergraph = composeSubgraphs([{ name: "recorder", url, sdl: "type Query { a: Int fails: Int }" }]);
  return {
    ...{ headers, supergraph, port, url },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

describe("traces", () => {
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const callerId = "b7ad6b7169203331";
  const valueOf = (span: ReceivedSpan | undefined, key: string): unknown => {
    const value = span?.attributes.find((attribute) => attribute.key === key)?.value ?? {};
    return Object.values(value)[0];
  };

  it("have a span of the operation, its plan and each read, below the caller's; the subgraph is told that of its read", async () => {
    await using collector = await openOtlpReceiver();
    await using recorder = await openRecorder();
    const settings = `telemetry: { traces: { otlpEndpoint: "${collector.endpoint}", sampleRatio: 0 } }`;
    await using folder = await openFolder(settings, recorder.supergraph);
    await using gateway = await startGateway(folder.args);
    const traced = { traceparent: `00-${traceId}-${callerId}-01`, tracestate: "vendor=x" };
    expect(await (await post(gateway.url, { query: "query Named { a }" }, traced)).json()).toEqual({ data: { a: 1 } });
    await post(gateway.url, { query: "query Failing { fails }" }, traced);
    await collector.until((spans) => spans.length >= 6);
    const find = (name: string): readonly ReceivedSpan[] => collector.spans.filter((span) => span.name === name);
    const [operation, failing] = find("query");
    const [read, refused] = find("subgraph recorder");
    const [plan] = find("plan");
    expect(operation).toMatchObject({ traceId, parentSpanId: callerId });
    expect([plan?.parentSpanId, read?.parentSpanId]).toEqual([operation?.spanId, operation?.spanId]);
    expect(valueOf(operation, "graphql.operation.name")).toBe("Named");
    expect(valueOf(operation, "graphql.operation.type")).toBe("query");
    expect(valueOf(read, "http.request.method")).toBe("POST");
    expect(Number(valueOf(read, "http.response.status_code"))).toBe(200);
    expect([valueOf(read, "server.address"), Number(valueOf(read, "server.port"))]).toEqual([
      "127.0.0.1",
      recorder.port,
    ]);
    expect(recorder.headers[0]).toMatchObject({
      traceparent: `00-${traceId}-${read?.spanId}-01`,
      tracestate: "vendor=x",
    });
    expect([operation?.status.code ?? 0, read?.status.code ?? 0]).toEqual([0, 0]);
    expect([failing?.status.code ?? 0, refused?.status.code]).toEqual([0, 2]);
    expect([valueOf(failing, "error.type"), valueOf(refused, "error.type")]).toEqual(["NOPE", "NOPE"]);
    for (const { startTimeUnixNano: start, endTimeUnixNano: end } of collector.spans) {
      expect(BigInt(end) >= BigInt(start)).toBe(true);
      expect(Math.abs(Number(BigInt(start) / 1_000_000n) - Date.now())).toBeLessThan(600_000);
    }
  });

  it("that are not recorded are told to the subgraph all the same, each read by a span of its own", async () => {
    await using collector = await openOtlpReceiver();
    await using recorder = await openRecorder();
    const settings = `telemetry: { traces: { otlpEndpoint: "${collector.endpoint}", sampleRatio: 0 } }`;
    await using folder = await openFolder(settings, recorder.supergraph);
    await using gateway = await startGateway(folder.args);
    await post(gateway.url, { query: "{ a }" }, { traceparent: `00-${traceId}-${callerId}-00` });
    await post(gateway.url, { query: "{ a }" });
    expect(recorder.headers[0]?.["traceparent"]).toMatch(new RegExp(`^00-${traceId}-(?!${callerId})[0-9a-f]{16}-00$`));
    expect(recorder.headers[1]?.["traceparent"]).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(collector.spans).toEqual([]);
  });

  it("that are not made leave the caller's context as it is", async () => {
    await using recorder = await openRecorder();
    await using folder = await openFolder("log: { level: info }", recorder.supergraph);
    await using gateway = await startGateway(folder.args);
    const traceparent = `00-${traceId}-${callerId}-01`;
    await post(gateway.url, { query: "{ a }" }, { traceparent });
    expect(recorder.headers[0]).toMatchObject({ traceparent });
  });
});

describe("a gateway that runs", () => {
  it("logs slow operations with where their time went, and counts by name, subgraph and code", async () => {
    await using own = await startSmallSubgraph("people");
    await using folder = await openFolder("telemetry: { slowOperationMs: 50 }", composeSmall([own, posts]));
    await using gateway = await startGateway(folder.args);
    await post(
      gateway.url,
      { query: "query Late($ms: Int!) { late(ms: $ms) }", variables: { ms: 80 } },
      { "x-request-id": "slow-1" },
    );
    const line =
      gateway
        .log()
        .split("\n")
        .find((each) => each.includes("gateway.slow_operation")) ?? "{}";
    expect(JSON.parse(line)).toMatchObject({
      ...{ requestId: "slow-1", operation: "Late", type: "query", outcome: "ok", fetches: 1 },
      slowest: [{ subgraph: "people", outcome: "ok" }],
    });
    await own.kill();
    while ((await codeOf(gateway.url, "query Away { people { id } }")) === undefined) continue;
    for (let i = 0; i < 6; i++) await ask(gateway.url, "query Away { people { id } }");
    const { value } = readPrometheusText(await gateway.metrics());
    expect(value("onefold_gateway_request_seconds_count", { operation: "Late", type: "query", code: "OK" })).toBe(1);
    expect(
      value("onefold_gateway_request_seconds_count", { operation: "Away", code: "SUBGRAPH_UNAVAILABLE" }),
    ).toBeGreaterThan(6);
    expect(
      value("onefold_gateway_subgraph_calls_total", { subgraph: "people", outcome: "unavailable" }),
    ).toBeGreaterThan(6);
    expect(value("onefold_gateway_subgraph_circuit_open", { subgraph: "people" })).toBe(1);
    expect(value("onefold_gateway_subgraph_circuit_open", { subgraph: "posts" })).toBe(0);
    expect(value("onefold_gateway_subgraph_retries_total", { subgraph: "people" })).toBeGreaterThan(0);
  });

  it("shows query plans with --development only", async () => {
    await using folder = await openFolder("");
    const body = { query: joined, extensions: { onefold: { plan: true } } };
    {
      await using gateway = await startGateway([...folder.args, "--development"]);
      const { extensions } = (await (await post(gateway.url, body)).json()) as {
        extensions: { onefold: { plan: { text: string } } };
      };
      expect(extensions.onefold.plan.text).toContain("Fetch from posts {");
    }
    await using gateway = await startGateway(folder.args);
    expect((await post(gateway.url, body)).status).toBe(400);
  });
});

describe("onefold plan", () => {
  it("prints what is asked of which subgraph, as text and as JSON", async () => {
    await using folder = await openFolder("");
    await writeFile(
      folder.at("query.graphql"),
      `${joined} query Other($some: Boolean!) { people @include(if: $some) { id } }`,
    );
    const args = ["plan", "--supergraph", folder.at("supergraph.graphql"), "--query", folder.at("query.graphql")];
    const { stdout } = await runOnefold([...args, "--operation", "Joined"]);
    expect(stdout).toContain("Sequence {\n  Fetch from people {\n");
    expect(stdout).toContain("  Fetch from posts {\n    for people.@: ");
    const json = JSON.parse((await runOnefold([...args, "--operation", "Joined", "--json"])).stdout) as object;
    expect(json).toMatchObject({ text: stdout, plans: [{ kind: "Sequence" }] });
    const none = await runOnefold([...args, "--operation", "Other", "--variables", '{"some": false}']);
    expect(none.stdout).toBe("Nothing is asked of any subgraph.\n");
  });

  it("says what is wrong with its input", async () => {
    await using folder = await openFolder("");
    await writeFile(folder.at("query.graphql"), "{\n  nothing\n}");
    const supergraph = ["--supergraph", folder.at("supergraph.graphql")];
    const query = ["--query", folder.at("query.graphql")];
    const unfit = await runOnefold(["plan", ...supergraph, ...query]);
    expect([unfit.code, unfit.stderr]).toEqual([
      1,
      expect.stringContaining('Cannot query field "nothing" on type "Query". (line 2, column 3)'),
    ]);
    const away = await runOnefold(["plan", ...supergraph, "--query", folder.at("nowhere.graphql")]);
    expect([away.code, away.stderr]).toEqual([2, expect.stringContaining("cannot be read (ENOENT)")]);
    const variables = await runOnefold(["plan", ...supergraph, ...query, "--variables", "[1]"]);
    expect([variables.code, variables.stderr]).toEqual([2, expect.stringContaining("--variables takes a JSON object")]);
    const swapped = await runOnefold(["plan", "--supergraph", folder.at("query.graphql"), ...query]);
    expect([swapped.code, swapped.stderr]).toEqual([3, expect.stringContaining("The supergraph cannot be served")]);
  });
});
