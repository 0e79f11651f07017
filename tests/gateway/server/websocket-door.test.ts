/** The WebSocket door, from outside. */
import { once } from "node:events";
import { describe, expect, it } from "@jest/globals";
import WebSocket from "ws";
import { decodeCursor } from "../../../schema/cursor.ts";
import { openGateway, socketMessages, type Answer } from "../fixtures/gateway-client.ts";
import { shopGraph } from "../fixtures/shop-graph.ts";
import { until, untilSteady } from "../fixtures/until.ts";

const protocol = "graphql-transport-ws";
const live = "subscription { reviewAdded { body author { name } product { name fans { name } } } }";
const event = (body: string) => ({ id: "r7", body, rating: 2, author: { id: "u2" }, product: { id: "2" } });

describe("a subscription over WebSocket", () => {
  it("completes each event with fields of other subgraphs, in a scope of its own", async () => {
    const shop = shopGraph();
    await using gateway = await openGateway(shop);
    const client = gateway.socketClient();
    const messages = socketMessages(client, { query: live });
    const first = messages.next();
    await shop.reviewAdded.untilSubscribers(1);
    shop.reviewAdded.publish(event("one"));
    shop.reviewAdded.publish(event("two"));
    const expected = (body: string) => ({
      data: { reviewAdded: { body, author: { name: "Ben" }, product: { name: "Table", fans: [{ name: "Ada" }] } } },
    });
    expect((await first).value).toEqual(expected("one"));
    expect((await messages.next()).value).toEqual(expected("two"));
    const scopes = shop.catalog.requests.map((request) => request.context.scope);
    expect(new Set(scopes).size).toBe(2);
    await client.dispose();
  });

  it("releases its source when the client completes it, though no event comes", async () => {
    const shop = shopGraph();
    await using gateway = await openGateway(shop);
    const client = gateway.socketClient();
    const messages = socketMessages(client, { query: live });
    void messages.next();
    await shop.reviewAdded.untilSubscribers(1);
    await messages.return?.();
    await shop.reviewAdded.untilSubscribers(0);
    await client.dispose();
  });

  it("releases its source when the connection breaks", async () => {
    const shop = shopGraph();
    await using gateway = await openGateway(shop);
    const socket = await openSocket(gateway.socketUrl);
    socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query: live } }));
    await shop.reviewAdded.untilSubscribers(1);
    socket.terminate();
    await shop.reviewAdded.untilSubscribers(0);
  });

  it("ends when its source ends", async () => {
    const shop = shopGraph();
    await using gateway = await openGateway(shop);
    const client = gateway.socketClient();
    const messages = socketMessages(client, { query: live });
    const first = messages.next();
    await shop.reviewAdded.untilSubscribers(1);
    shop.reviewAdded.end();
    expect((await first).done).toBe(true);
    await client.dispose();
  });

  it("goes on after a message that a subgraph failed in part", async () => {
    const shop = shopGraph();
    await using gateway = await openGateway(shop);
    const client = gateway.socketClient();
    const messages = socketMessages(client, { query: "subscription { reviewAdded { body product { verdict } } }" });
    const first = messages.next();
    await shop.reviewAdded.untilSubscribers(1);
    shop.reviewAdded.publish(event("one"));
    expect((await first).value).toMatchObject({
      data: { reviewAdded: { body: "one", product: { verdict: null } } },
      errors: [{ path: ["reviewAdded", "product", "verdict"], extensions: { code: "NO_VERDICT" } }],
    });
    shop.reviewAdded.publish({ ...event("two"), product: { id: "1" } });
    expect((await messages.next()).value).toEqual({
      data: { reviewAdded: { body: "two", product: { verdict: "fine" } } },
    });
    await client.dispose();
  });

  it("carries a cursor in each message if asked to", async () => {
    const shop = shopGraph();
    shop.opinions.cursor = { "events/0": 5 };
    shop.people.cursor = { "events/0": 4 };
    await using gateway = await openGateway(shop);
    const client = gateway.socketClient();
    const extensions = { onefold: { cursor: true } };
    const messages = socketMessages(client, { query: live, extensions });
    const first = messages.next();
    await shop.reviewAdded.untilSubscribers(1);
    shop.reviewAdded.publish(event("one"));
    const message = (await first).value as Answer;
    expect(decodeCursor(String(message.extensions?.cursor))).toEqual({ "events/0": 4 });
    shop.reviewAdded.publish(event("two"));
    expect(((await messages.next()).value as Answer).extensions?.cursor).toEqual(expect.any(String));
    await client.dispose();
  });

  it("pulls no more events than a client reads", async () => {
    const shop = shopGraph();
    let pulled = 0;
    const body = "x".repeat(256 * 1024);
    shop.opinions.subscribe = async function* () {
      for (; pulled < 2000; pulled += 1) yield await Promise.resolve({ data: { reviewAdded: { body } } });
    };
    await using gateway = await openGateway(shop);
    const socket = await openSocket(gateway.socketUrl);
    socket.pause();
    socket.send(
      JSON.stringify({ id: "1", type: "subscribe", payload: { query: "subscription { reviewAdded { body } }" } }),
    );
    await until(() => pulled > 0);
    // What the two kernels hold between them, and no more.
    expect(await untilSteady(() => pulled, 2000)).toBeLessThan(200);
    socket.terminate();
  });
});

describe("queries and mutations over WebSocket", () => {
  it("are answered, with a cursor if asked for", async () => {
    const shop = shopGraph();
    shop.people.cursor = { "events/0": 4 };
    await using gateway = await openGateway(shop);
    const client = gateway.socketClient();
    const extensions = { onefold: { cursor: true } };
    const query = socketMessages(client, { query: "{ user(id: 1) { name } me { name } }", extensions });
    const answer = (await query.next()).value as Answer;
    expect(answer.data).toEqual({ user: null, me: { name: "Ada" } });
    expect(decodeCursor(String(answer.extensions?.cursor))).toEqual({ "events/0": 4 });
    const mutation = socketMessages(client, { query: 'mutation { rename(id: "u1", name: "z") { name } }' });
    expect((await mutation.next()).value).toEqual({ data: { rename: { name: "z" } } });
    await client.dispose();
  });

  it("are refused with codes when they are wrong, and the socket lives on", async () => {
    await using gateway = await openGateway({ ...shopGraph(), options: { maxDepth: 5 } });
    const client = gateway.socketClient();
    const refused = async (query: string) => {
      const messages = socketMessages(client, { query });
      return messages.next().then(
        ({ value }) => (value as Answer).errors,
        (errors: unknown) => errors,
      );
    };
    expect(await refused("{ nothing }")).toMatchObject([{ extensions: { code: "GRAPHQL_VALIDATION_FAILED" } }]);
    expect(await refused("{ me ")).toMatchObject([{ extensions: { code: "GRAPHQL_PARSE_FAILED" } }]);
    expect(await refused("{ me { friends { friends { friends { friends { id } } } } } }")).toMatchObject([
      { extensions: { code: "DOCUMENT_LIMIT" } },
    ]);
    expect(await refused("query ($id: ID!) { user(id: $id) { id } }")).toMatchObject([
      { extensions: { code: "BAD_USER_INPUT" } },
    ]);
    expect((await socketMessages(client, { query: "{ me { id } }" }).next()).value).toEqual({
      data: { me: { id: "u1" } },
    });
    await client.dispose();
  });
});

describe("a WebSocket", () => {
  it.each([
    ["of another page's origin", "/graphql", { origin: "https://evil.example" }, 403],
    ["on another path", "/other", {}, 404],
  ])("is refused %s", async (_what, path, headers, status) => {
    await using gateway = await openGateway(shopGraph());
    const socket = new WebSocket(gateway.socketUrl.replace("/graphql", path), protocol, { headers });
    const [, response] = (await once(socket, "unexpected-response")) as [unknown, { statusCode: number }];
    expect(response.statusCode).toBe(status);
  });

  it("is accepted from allowed origins and from the gateway's own pages", async () => {
    await using gateway = await openGateway({ ...shopGraph(), options: { corsOrigins: ["https://app.example"] } });
    for (const origin of ["https://app.example", gateway.url]) {
      const socket = await openSocket(gateway.socketUrl, { origin });
      socket.terminate();
    }
  });

  it("is closed by a message beyond the limit, and by one that is no message", async () => {
    await using gateway = await openGateway({ ...shopGraph(), options: { maxBodyBytes: 1000 } });
    for (const [text, code] of [
      ["x".repeat(2000), 1009],
      ["nonsense", 4400],
    ] as const) {
      const socket = await openSocket(gateway.socketUrl);
      socket.send(text);
      const [closeCode] = (await once(socket, "close")) as [number];
      expect(closeCode).toBe(code);
    }
  });

  it("hears 1001 when the gateway closes, and its subscriptions are released", async () => {
    const shop = shopGraph();
    const gateway = await openGateway(shop);
    const socket = await openSocket(gateway.socketUrl);
    socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query: live } }));
    await shop.reviewAdded.untilSubscribers(1);
    const closed = once(socket, "close") as Promise<[number]>;
    await gateway[Symbol.asyncDispose]();
    expect((await closed)[0]).toBe(1001);
    await shop.reviewAdded.untilSubscribers(0);
  });
});

/** A bare socket after the handshake. */
async function openSocket(url: string, headers: Record<string, string> = {}): Promise<WebSocket> {
  const socket = new WebSocket(url, protocol, { headers });
  await once(socket, "open");
  socket.send('{"type":"connection_init"}');
  const [ack] = (await once(socket, "message")) as [Buffer];
  expect(ack.toString("utf8")).toContain("connection_ack");
  return socket;
}
