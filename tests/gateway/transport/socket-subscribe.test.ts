/** Subscriptions to a subgraph elsewhere: one WebSocket, and never a gap in silence. */
import { describe, expect, it } from "@jest/globals";
import { parse } from "graphql";
import type { WebSocket } from "ws";
import { createRemoteSubgraph, type RemoteSubgraphOptions, type SubgraphRequest } from "../../../gateway/index.ts";
import { openRawServer, sendNext, speakGraphQL, type RawServer } from "../fixtures/raw-server.ts";
import { until } from "../fixtures/until.ts";

const context = { requestId: "r-1", headers: { authorization: "Bearer t", cookie: "s" }, wantsCursor: true, scope: {} };
const request: SubgraphRequest = { document: parse("subscription { a }"), variables: { x: 1 }, context };

const remoteTo = ({ url }: Pick<RawServer, "url">, options: Partial<RemoteSubgraphOptions> = {}) =>
  createRemoteSubgraph({ name: "shop", url, sdl: "type Query { a: Int }", ...options });

const unavailable = (reason: string) => ({
  errors: [
    {
      message: `The subgraph "shop" is unavailable: ${reason}.`,
      extensions: { code: "SUBGRAPH_UNAVAILABLE", subgraph: "shop" },
    },
  ],
});

interface Asked {
  readonly id: string;
  readonly socket: WebSocket;
  readonly payload: Record<string, unknown>;
}

/** A subgraph that records who subscribes, and leaves the rest to the test. */
async function openRecorder(onAsked: (asked: Asked) => void = () => {}) {
  const asked: Asked[] = [];
  const completed: string[] = [];
  const server = await openRawServer({
    onSocket: (socket) =>
      speakGraphQL(
        socket,
        (id, payload) => {
          asked.push({ id, socket, payload });
          onAsked({ id, socket, payload });
        },
        (id) => void completed.push(id),
      ),
  });
  return Object.assign(server, { asked, completed });
}

async function all(results: AsyncIterable<unknown>): Promise<unknown[]> {
  const list: unknown[] = [];
  for await (const result of results) list.push(result);
  return list;
}

describe("a subscription to a remote subgraph", () => {
  it("yields results with their cursors until the source ends", async () => {
    await using server = await openRecorder(({ socket, id }) => {
      sendNext(socket, id, { data: { a: 1 }, extensions: { onefold: { cursor: { "events/0": 1 } } } });
      sendNext(socket, id, { data: null, errors: [{ message: "Half.", path: ["a"], extensions: { code: "X" } }] });
      sendNext(socket, "somebody else", { data: { a: 9 } });
      socket.send(JSON.stringify({ id, type: "complete" }));
    });
    await using remote = await remoteTo(server);
    expect(await all(remote.subscribe(request))).toEqual([
      { data: { a: 1 }, cursor: { "events/0": 1 } },
      { data: null, errors: [{ message: "Half.", path: ["a"], extensions: { code: "X" } }] },
    ]);
    expect(server.asked[0]?.payload).toEqual({
      query: "subscription{a}",
      variables: { x: 1 },
      extensions: { onefold: { wantsCursor: true, headers: { authorization: "Bearer t", "x-request-id": "r-1" } } },
    });
  });

  it("shares one WebSocket with the others, which is opened by the first and closed after the last", async () => {
    await using server = await openRecorder();
    await using remote = await remoteTo(server, { idleTimeoutMs: 20 });
    expect(server.sockets).toHaveLength(0);
    const streams = [1, 2, 3].map(() => remote.subscribe(request)[Symbol.asyncIterator]());
    const waiting = streams.map((stream) => stream.next());
    await until(() => server.asked.length === 3);
    expect(server.sockets).toHaveLength(1);
    for (const stream of streams) await stream.return?.();
    expect(await Promise.all(waiting)).toEqual(waiting.map(() => ({ done: true, value: undefined })));
    await until(() => server.completed.length === 3);
    await until(() => server.sockets[0]?.readyState === 3);
    void remote.subscribe(request)[Symbol.asyncIterator]().next();
    await until(() => server.asked.length === 4);
    expect(server.sockets).toHaveLength(2);
  });

  it("is ended at the subgraph when its signal aborts, also before it began", async () => {
    await using server = await openRecorder();
    await using remote = await remoteTo(server);
    const stop = new AbortController();
    const stream = all(remote.subscribe({ ...request, signal: stop.signal }));
    await until(() => server.asked.length === 1);
    stop.abort();
    expect(await stream).toEqual([]);
    await until(() => server.completed.length === 1);
    expect(await all(remote.subscribe({ ...request, signal: stop.signal }))).toEqual([]);
    expect(server.asked).toHaveLength(1);
  });

  it("is refused with the subgraph's errors", async () => {
    const errors = [{ message: "No.", extensions: { code: "FORBIDDEN" } }];
    await using server = await openRecorder(({ socket, id }) =>
      socket.send(JSON.stringify({ id, type: "error", payload: errors })),
    );
    await using remote = await remoteTo(server);
    expect(await all(remote.subscribe(request))).toEqual([{ errors }]);
  });
});

describe("a subscription that breaks", () => {
  it.each<[string, (asked: Asked) => void, string]>([
    ["by a lost connection", ({ socket }) => socket.terminate(), "the connection broke"],
    ["by a server that goes away", ({ socket }) => socket.close(1001, "Going away"), "the connection broke"],
    ["by a server that closes as if all were well", ({ socket }) => socket.close(1000), "the connection broke"],
    ["by a message that is no JSON", ({ socket }) => socket.send("{"), "its message is not GraphQL"],
    [
      "by a message of no known type",
      ({ socket }) => socket.send('{"type":"subscribe"}'),
      "its message is not GraphQL",
    ],
    ["by a result that is none", ({ socket, id }) => sendNext(socket, id, { data: [] }), "its answer is not GraphQL"],
    [
      "by a message beyond the limit",
      ({ socket, id }) => sendNext(socket, id, { data: { a: "x".repeat(5000) } }),
      "the connection broke",
    ],
  ])("gives what came, then one error, and ends: %s", async (_how, breakIt, reason) => {
    await using server = await openRecorder((asked) => {
      sendNext(asked.socket, asked.id, { data: { a: 1 } });
      breakIt(asked);
    });
    await using remote = await remoteTo(server, { maxAnswerBytes: 4000 });
    expect(await all(remote.subscribe(request))).toEqual([{ data: { a: 1 } }, unavailable(reason)]);
    expect(server.asked).toHaveLength(1);
  });

  it("does not come back by itself; the next one gets a new connection", async () => {
    await using server = await openRecorder(({ socket }) => socket.terminate());
    await using remote = await remoteTo(server);
    const both = await Promise.all([all(remote.subscribe(request)), all(remote.subscribe(request))]);
    for (const results of both) expect(results).toEqual([unavailable("the connection broke")]);
    const before = server.sockets.length;
    expect(await all(remote.subscribe(request))).toEqual([unavailable("the connection broke")]);
    expect(server.sockets.length).toBe(before + 1);
  });

  it("is told when nobody listens there, or what listens is no subgraph", async () => {
    const gone = await openRawServer({});
    await gone.close();
    await using remote = await remoteTo(gone);
    expect(await all(remote.subscribe(request))).toEqual([unavailable("it could not be reached")]);
    await using silent = await openRawServer({});
    await using patient = await remoteTo(silent, { connectTimeoutMs: 50 });
    expect(await all(patient.subscribe(request))).toEqual([unavailable("no connection within 50 ms")]);
    await until(() => silent.sockets[0]?.readyState === 3);
  });

  it("is told when the subgraph falls silent", async () => {
    await using server = await openRawServer({
      onSocket: (socket) =>
        socket.on("message", (data: Buffer) => {
          if (data.includes("connection_init")) socket.send('{"type":"connection_ack"}');
        }),
    });
    await using remote = await remoteTo(server, { pingIntervalMs: 30 });
    expect(await all(remote.subscribe(request))).toEqual([unavailable("it fell silent")]);
  });

  it("is told when this side closes, and later ones are refused", async () => {
    await using server = await openRecorder();
    const remote = await remoteTo(server);
    const stream = all(remote.subscribe(request));
    await until(() => server.asked.length === 1);
    remote.close();
    expect(await stream).toEqual([unavailable("it was closed")]);
    expect(await all(remote.subscribe(request))).toEqual([unavailable("it was closed")]);
  });
});

describe("a reader that is too slow", () => {
  it.each<[string, Partial<RemoteSubgraphOptions>, number]>([
    ["messages", { maxQueuedMessages: 3 }, 4],
    ["bytes", { maxQueuedBytes: 1500 }, 3],
  ])("gets what was held of %s, then one error that says so, and the others go on", async (_of, limits, given) => {
    await using server = await openRecorder();
    await using remote = await remoteTo(server, limits);
    const slow = remote.subscribe(request)[Symbol.asyncIterator]();
    const quick = remote.subscribe(request)[Symbol.asyncIterator]();
    const first = [slow.next(), quick.next()];
    await until(() => server.asked.length === 2);
    const [toSlow, toQuick] = server.asked;
    const fill = (a: number) => ({ data: { a, b: "x".repeat(500) } });
    for (let a = 1; a <= 10; a++) {
      if (toSlow !== undefined) sendNext(toSlow.socket, toSlow.id, fill(a));
    }
    await until(() => server.completed.length === 1);
    if (toQuick !== undefined) sendNext(toQuick.socket, toQuick.id, { data: { a: 1 } });
    expect((await first[1])?.value).toEqual({ data: { a: 1 } });
    const seen = [(await first[0])?.value as unknown];
    for (let turn = await slow.next(); turn.done !== true; turn = await slow.next()) seen.push(turn.value);
    expect(seen).toEqual([
      ...Array.from({ length: given }, (_, i) => fill(i + 1)),
      {
        errors: [
          {
            message: 'The subscription to the subgraph "shop" was ended: its messages were not read fast enough.',
            extensions: { code: "SUBSCRIBER_TOO_SLOW", subgraph: "shop" },
          },
        ],
      },
    ]);
    await quick.return?.();
  });

  it("of a message larger than the queue gets it all the same", async () => {
    await using server = await openRecorder(({ socket, id }) => {
      sendNext(socket, id, { data: { a: "x".repeat(500) } });
      sendNext(socket, id, { data: { a: "y".repeat(500) } });
      socket.send(JSON.stringify({ id, type: "complete" }));
    });
    await using remote = await remoteTo(server, { maxQueuedBytes: 10 });
    expect(await all(remote.subscribe(request))).toHaveLength(2);
  });
});
