/** What one process bears of WebSockets: how many, and how many operations on each. */
import { once } from "node:events";
import { describe, expect, it } from "@jest/globals";
import WebSocket from "ws";
import { openGateway } from "../fixtures/gateway-client.ts";
import { openAcknowledged } from "../fixtures/raw-socket.ts";
import { shopGraph } from "../fixtures/shop-graph.ts";

describe("WebSockets", () => {
  it("beyond the limit are closed with 1013, and there is room again when one has gone", async () => {
    await using gateway = await openGateway({ subgraphs: shopGraph().subgraphs, options: { maxSockets: 2 } });
    const open = (): WebSocket => new WebSocket(gateway.socketUrl, "graphql-transport-ws");
    const [first, second] = [open(), open()];
    await Promise.all([once(first, "open"), once(second, "open")]);
    const third = open();
    const [code, reason] = (await once(third, "close")) as [number, Buffer];
    expect([code, reason.toString()]).toEqual([1013, "Too many connections"]);
    first.close();
    await once(first, "close");
    await using fourth = await openAcknowledged(gateway.socketUrl);
    fourth.send('{"id":"1","type":"subscribe","payload":{"query":"{ me { id } }"}}');
    expect(await fourth.next()).toMatchObject({ type: "next" });
    second.close();
  });

  it("have so many operations under way; one more gets an error, and the others go on", async () => {
    const graph = shopGraph();
    await using gateway = await openGateway({ subgraphs: graph.subgraphs, options: { maxSocketOperations: 2 } });
    await using socket = await openAcknowledged(gateway.socketUrl);
    const subscribe = (id: string): void =>
      socket.send(JSON.stringify({ id, type: "subscribe", payload: { query: "subscription { reviewAdded { id } }" } }));
    for (const id of ["a", "b", "c"]) subscribe(id);
    expect(await socket.next()).toEqual({
      id: "c",
      type: "error",
      payload: [
        { message: "One WebSocket has at most 2 operations under way.", extensions: { code: "TOO_MANY_OPERATIONS" } },
      ],
    });
    await graph.reviewAdded.untilSubscribers(2);
    socket.send('{"id":"a","type":"complete"}');
    await graph.reviewAdded.untilSubscribers(1);
    subscribe("d");
    await graph.reviewAdded.untilSubscribers(2);
    graph.reviewAdded.publish({ id: "r1" });
    const told = [await socket.next(), await socket.next()].map((message) => (message as { id: string }).id);
    expect(told.sort()).toEqual(["b", "d"]);
  });
});
