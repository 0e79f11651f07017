/** Subscriptions of a served subgraph, over graphql-transport-ws, from outside. */
import { once } from "node:events";
import { describe, expect, it } from "@jest/globals";
import { createClient, type Client } from "graphql-ws";
import WebSocket from "ws";
import { createTopic } from "../../gateway/fixtures/topic.ts";
import { until, untilSteady } from "../../gateway/fixtures/until.ts";
import type { SubgraphResult } from "../../../subgraphs/subgraph.ts";
import { nested, serveStub, type ServedStub } from "./stub-subgraph.ts";

const query = "subscription { ticked }";
const tick = (ticked: number): SubgraphResult => ({ data: { ticked }, cursor: { "events/0": ticked } });
const clientOf = ({ socketUrl }: ServedStub): Client =>
  createClient({ url: socketUrl, webSocketImpl: WebSocket, retryAttempts: 0 });

async function openSocket({ socketUrl }: ServedStub): Promise<WebSocket> {
  const socket = new WebSocket(socketUrl, "graphql-transport-ws");
  await once(socket, "open");
  socket.send('{"type":"connection_init"}');
  await once(socket, "message");
  return socket;
}

describe("a subscription to a served subgraph", () => {
  it("carries each message's cursor if asked to, and the client's headers in the request", async () => {
    const topic = createTopic<SubgraphResult>();
    await using served = await serveStub();
    served.subgraph.messages = () => topic.subscribe();
    const client = clientOf(served);
    const headers = { Authorization: "Bearer t", "x-request-id": "r-9", wrong: 5 };
    const asked = client.iterate({ query, extensions: { onefold: { wantsCursor: true, headers } } });
    const plain = client.iterate({ query });
    const first = [asked.next(), plain.next()];
    await topic.untilSubscribers(2);
    topic.publish(tick(1));
    topic.publish({ ...tick(2), errors: [{ message: "Half.", path: ["ticked"], extensions: { code: "X" } }] });
    const [one, alone] = await Promise.all(first);
    expect(one?.value).toEqual({ data: { ticked: 1 }, extensions: { onefold: { cursor: { "events/0": 1 } } } });
    expect(alone?.value).toEqual({ data: { ticked: 1 } });
    expect((await plain.next()).value).toEqual({
      data: { ticked: 2 },
      errors: [{ message: "Half.", path: ["ticked"], extensions: { code: "X" } }],
    });
    const [request] = served.subgraph.requests;
    expect(request?.context.requestId).toBe("r-9");
    expect(request?.context.headers).toMatchObject({ authorization: "Bearer t", upgrade: "websocket" });
    expect(request?.context.headers).not.toHaveProperty("wrong");
    topic.end();
    expect((await plain.next()).done).toBe(true);
    await client.dispose();
  });

  it("releases its source when it is completed, and when its connection breaks", async () => {
    const topic = createTopic<SubgraphResult>();
    await using served = await serveStub();
    served.subgraph.messages = () => topic.subscribe();
    const client = clientOf(served);
    const messages = client.iterate({ query });
    void messages.next();
    await topic.untilSubscribers(1);
    await messages.return?.();
    await topic.untilSubscribers(0);
    await client.dispose();
    const socket = await openSocket(served);
    socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query } }));
    await topic.untilSubscribers(1);
    socket.terminate();
    await topic.untilSubscribers(0);
  });

  it("is pulled no faster than its caller reads", async () => {
    await using served = await serveStub();
    let pulled = 0;
    const filler = "x".repeat(256 * 1024);
    served.subgraph.messages = async function* () {
      for (; pulled < 2000; pulled++) yield await Promise.resolve({ data: { ticked: 1, filler } });
    };
    const socket = await openSocket(served);
    socket.pause();
    socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query } }));
    await until(() => pulled > 0);
    expect(await untilSteady(() => pulled, 2000)).toBeLessThan(200);
    socket.terminate();
  });

  it("is answered with errors if it is refused, and others on the socket go on", async () => {
    await using served = await serveStub({ maxDepth: 5 });
    const client = clientOf(served);
    const refused = (text: string): Promise<unknown> =>
      client
        .iterate({ query: text })
        .next()
        .then(
          (turn) => turn.value as unknown,
          (errors: unknown) => errors,
        );
    expect(await refused("subscription { ")).toMatchObject([{ extensions: { code: "GRAPHQL_PARSE_FAILED" } }]);
    expect(await refused(nested(6))).toMatchObject([{ extensions: { code: "DOCUMENT_LIMIT" } }]);
    expect(await refused("{ nothing }")).toMatchObject({ errors: [{ extensions: { code: "INPUT_INVALID" } }] });
    expect(await refused("{ me { name } }")).toEqual({ data: { me: { name: "Ada" } } });
    await client.dispose();
  });
});

describe("a WebSocket to a subgraph", () => {
  it.each([
    ["by a web page", "", { origin: "http://127.0.0.1" }, 403],
    ["on another path", "/more", {}, 404],
  ])("is not opened %s", async (_what, path, headers, status) => {
    await using served = await serveStub();
    const socket = new WebSocket(served.socketUrl + path, "graphql-transport-ws", { headers });
    const [, response] = (await once(socket, "unexpected-response")) as [unknown, { statusCode: number }];
    expect(response.statusCode).toBe(status);
  });

  it("is closed by a message beyond the limit, and by one that is no message", async () => {
    await using served = await serveStub({ maxBodyBytes: 1000 });
    for (const [text, code] of [
      ["x".repeat(2000), 1009],
      ["nonsense", 4400],
    ] as const) {
      const socket = await openSocket(served);
      socket.send(text);
      expect((await once(socket, "close"))[0]).toBe(code);
    }
  });

  it("is given up when its caller no longer answers pings", async () => {
    const topic = createTopic<SubgraphResult>();
    await using served = await serveStub({ pingIntervalMs: 50 });
    served.subgraph.messages = () => topic.subscribe();
    const socket = await openSocket(served);
    socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query } }));
    await topic.untilSubscribers(1);
    socket.pause();
    await topic.untilSubscribers(0);
    socket.terminate();
  });

  it("hears 1001 when the server closes, and what it held is released", async () => {
    const topic = createTopic<SubgraphResult>();
    const served = await serveStub();
    served.subgraph.messages = () => topic.subscribe();
    const socket = await openSocket(served);
    socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query } }));
    await topic.untilSubscribers(1);
    const closed = once(socket, "close");
    await served.close();
    expect((await closed)[0]).toBe(1001);
    await topic.untilSubscribers(0);
  });
});
