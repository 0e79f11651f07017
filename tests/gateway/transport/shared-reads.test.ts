/** Identical queries that are on their way at once: fault 19 of the fault list, and who must not get another's answer. */
import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { parse } from "graphql";
import {
  createRemoteSubgraph,
  type RemoteSubgraphOptions,
  type RequestContext,
  type SubgraphRequest,
} from "../../../gateway/index.ts";
import { openRawServer, sendGraphQL } from "../fixtures/raw-server.ts";
import { until } from "../fixtures/until.ts";

/** Time limits are moved by hand; all else runs by the clock. */
const notFaked = [
  "Date",
  "hrtime",
  "nextTick",
  "performance",
  "queueMicrotask",
  "setImmediate",
  "setInterval",
] as const;

afterEach(() => {
  jest.useRealTimers();
});

const contextOf = (headers: RequestContext["headers"] = {}, requestId = "r"): RequestContext => ({
  ...{ requestId, headers, wantsCursor: false, scope: {} },
});
const query: SubgraphRequest = { document: parse("query($n: Int) { a(n: $n) }"), variables: {}, context: contextOf() };
const mutation: SubgraphRequest = { ...query, document: parse("mutation($n: Int) { a(n: $n) }") };

/** A subgraph that holds its answers back until it is told to give them. */
async function openHolder(options: Partial<RemoteSubgraphOptions> = {}) {
  const held: ServerResponse[] = [];
  const server = await openRawServer({ onRequest: (response) => void held.push(response) });
  const remote = await createRemoteSubgraph({
    name: "shop",
    url: server.url,
    sdl: "type Query { a: Int }",
    ...options,
  });
  return {
    ...{ held, server, remote },
    /** Waits for so many requests in all. */
    arrived: (count: number) => until(() => held.length === count),
    answer: (at: number, a = at): void => sendGraphQL(held[at] as ServerResponse, { data: { a } }),
    async [Symbol.asyncDispose]() {
      await remote[Symbol.asyncDispose]();
      await server.close();
    },
  };
}

describe("identical queries at once", () => {
  it("are one request, and have one answer: 500 of them, whatever their ids", async () => {
    await using subgraph = await openHolder();
    const all = Array.from({ length: 500 }, (_, at) =>
      subgraph.remote.execute({ ...query, context: contextOf({ traceparent: `00-${at}` }, `r-${at}`) }),
    );
    await subgraph.arrived(1);
    subgraph.answer(0, 7);
    const results = await Promise.all(all);
    expect(new Set(results).size).toBe(1);
    expect(results[0]).toEqual({ data: { a: 7 } });
    expect(subgraph.server.requests.map(({ headers }) => headers["x-request-id"])).toEqual(["r-0"]);
    // It has ended: whoever asks now asks anew.
    const later = subgraph.remote.execute(query);
    await subgraph.arrived(2);
    subgraph.answer(1, 8);
    expect(await later).toEqual({ data: { a: 8 } });
  });

  it("fail as one", async () => {
    await using subgraph = await openHolder();
    const both = Promise.all([subgraph.remote.execute(query), subgraph.remote.execute(query)]);
    await subgraph.arrived(1);
    subgraph.held[0]?.writeHead(500).end();
    for (const { errors } of await both) expect(errors?.[0]?.message).toContain("it answered with HTTP status 500");
    expect(subgraph.held).toHaveLength(1);
  });

  it("are not identical if a token, a variable, another header that is passed on, or the wish for a cursor differs", async () => {
    await using subgraph = await openHolder({ forwardHeaders: ["authorization", "cookie", "x-request-id"] });
    const different: SubgraphRequest[] = [
      query,
      ...["a", "b"].map((authorization) => ({ ...query, context: contextOf({ authorization }) })),
      { ...query, context: contextOf({ cookie: "a" }) },
      { ...query, context: contextOf({ authorization: "a", cookie: "a" }) },
      { ...query, variables: { n: 1 } },
      { ...query, operationName: "N" },
      { ...query, context: { ...contextOf(), wantsCursor: true } },
      { ...query, document: parse("query($n: Int) { b: a(n: $n) }") },
    ];
    const alike = { ...query, context: contextOf({ "x-other": "not passed on" }) };
    const results = [...different, ...different, alike].map((request) => subgraph.remote.execute(request));
    await subgraph.arrived(different.length);
    // In whichever order they came: each is answered with what it sent.
    for (const [at, { headers }] of subgraph.server.requests.entries()) {
      const body = JSON.parse(subgraph.server.bodies[at] ?? "") as object;
      const data = { ...body, authorization: headers.authorization, cookie: headers.cookie };
      sendGraphQL(subgraph.held[at] as ServerResponse, { data });
    }
    const answers = await Promise.all(results);
    for (const [at, { context, variables, operationName }] of different.entries()) {
      const { authorization, cookie } = context.headers;
      const sent = {
        variables,
        ...(operationName === undefined ? {} : { operationName }),
        ...(authorization === undefined ? {} : { authorization }),
        ...(cookie === undefined ? {} : { cookie }),
      };
      expect(answers[at]?.data).toMatchObject(sent);
      expect(Object.keys(answers[at]?.data ?? {}).filter((key) => key in sent).length).toBe(Object.keys(sent).length);
      expect(answers[at + different.length]).toBe(answers[at]);
    }
    expect(answers.at(-1)).toBe(answers[0]);
    expect(new Set(answers).size).toBe(different.length);
  });

  it("are sent one by one if they are mutations, or if sharing is off", async () => {
    await using subgraph = await openHolder();
    await using unshared = await openHolder({ shareReads: false });
    const results = [subgraph.remote.execute(mutation), subgraph.remote.execute(mutation)];
    const reads = [unshared.remote.execute(query), unshared.remote.execute(query)];
    await Promise.all([subgraph.arrived(2), unshared.arrived(2)]);
    for (const at of [0, 1]) {
      subgraph.answer(at);
      unshared.answer(at);
    }
    expect((await Promise.all(results)).map(({ data }) => data?.["a"]).sort()).toEqual([0, 1]);
    expect((await Promise.all(reads)).map(({ data }) => data?.["a"]).sort()).toEqual([0, 1]);
  });

  it("have a signal and a time limit each, and the request ends with the last who waits", async () => {
    await using subgraph = await openHolder({ timeoutMs: 1_000 });
    const askers = [new AbortController(), new AbortController()] as const;
    const [first, second] = askers.map(({ signal }) => subgraph.remote.execute({ ...query, signal }));
    await subgraph.arrived(1);
    const response = subgraph.held[0] as ServerResponse;
    askers[0].abort();
    expect((await first)?.errors?.[0]?.message).toContain("the request was cancelled");
    expect(response.destroyed).toBe(false);
    askers[1].abort();
    expect((await second)?.errors?.[0]?.message).toContain("the request was cancelled");
    await until(() => response.destroyed);

    jest.useFakeTimers({ doNotFake: [...notFaked] });
    const early = subgraph.remote.execute(query);
    await subgraph.arrived(2);
    jest.advanceTimersByTime(500);
    const late = subgraph.remote.execute(query);
    jest.advanceTimersByTime(500);
    expect((await early).errors?.[0]?.message).toContain("no answer within 1000 ms");
    // Nobody joins what is late already, but who waits for it still gets it.
    const after = subgraph.remote.execute(query);
    await subgraph.arrived(3);
    subgraph.answer(1, 5);
    expect(await late).toEqual({ data: { a: 5 } });
    subgraph.answer(2, 6);
    expect(await after).toEqual({ data: { a: 6 } });
  });

  it("are no longer joined once something was written, nor by a read that follows a write", async () => {
    await using subgraph = await openHolder();
    const before = subgraph.remote.execute(query);
    await subgraph.arrived(1);
    const write = subgraph.remote.execute(mutation);
    await subgraph.arrived(2);
    subgraph.answer(1);
    await write;
    const after = subgraph.remote.execute(query);
    await subgraph.arrived(3);
    const following = subgraph.remote.execute({ ...query, isAfterWrite: true });
    await subgraph.arrived(4);
    const joining = subgraph.remote.execute(query);
    for (const at of [0, 2, 3]) subgraph.answer(at);
    const results = await Promise.all([before, after, following, joining]);
    expect(results.map(({ data }) => data?.["a"])).toEqual([0, 2, 3, 3]);
  });
});

describe("variables", () => {
  it("that are text already are sent as they are", async () => {
    await using subgraph = await openHolder();
    const result = subgraph.remote.execute({
      ...query,
      get variables(): Record<string, unknown> {
        throw new Error("They are not needed.");
      },
      variablesText: '{"n":2}',
    });
    await subgraph.arrived(1);
    subgraph.answer(0);
    await result;
    expect(subgraph.server.bodies[0]).toContain('"variables":{"n":2}');
  });

  it("that JSON does not have become an error", async () => {
    await using subgraph = await openHolder();
    const { errors } = await subgraph.remote.execute({ ...query, variables: { n: 1n } });
    expect(errors?.[0]?.extensions).toEqual({ code: "SUBGRAPH_UNAVAILABLE", subgraph: "shop" });
  });
});
