/** The SDL of a subgraph elsewhere: waited for at the start, read again on demand. */
import { describe, expect, it } from "@jest/globals";
import { createRemoteSubgraph } from "../../../gateway/index.ts";
import { openRawServer, sendGraphQL } from "../fixtures/raw-server.ts";

const service = (sdl: unknown): object => ({ data: { _service: { sdl } } });

describe("the SDL of a remote subgraph", () => {
  it("is waited for while the subgraph starts", async () => {
    let asked = 0;
    await using server = await openRawServer({
      onRequest: (response) => {
        asked += 1;
        if (asked === 1) response.socket?.destroy();
        else if (asked === 2) response.writeHead(503).end();
        else sendGraphQL(response, service("type Query { a: Int }"));
      },
    });
    await using remote = await createRemoteSubgraph({ name: "shop", url: server.url, headers: { "x-key": "k" } });
    expect(remote.sdl).toBe("type Query { a: Int }");
    expect(asked).toBe(3);
    expect(server.requests.at(-1)?.headers).toMatchObject({ "x-key": "k" });
  });

  it("that does not come is told to the operator: what, where, why, and what to do", async () => {
    const server = await openRawServer({});
    await server.close();
    const opened = createRemoteSubgraph({ name: "shop", url: `${server.url}?key=secret`, startTimeoutMs: 250 });
    await expect(opened).rejects.toMatchObject({
      code: "SUBGRAPH_UNAVAILABLE",
      message: `The SDL of the subgraph "shop" could not be read from ${server.url}: it could not be reached (ECONNREFUSED).`,
      remedy: expect.stringContaining("Start that subgraph"),
    });
  });

  it.each([
    [
      "errors",
      { errors: [{ message: "Cannot query field _service." }] },
      "it gives no SDL (Cannot query field _service.)",
    ],
    ["none", service(" "), "it gives no SDL (_service.sdl is empty)"],
    ["something else", service(5), "it gives no SDL (_service.sdl is empty)"],
  ])("is not made up from %s", async (_what, answer, why) => {
    await using server = await openRawServer({ onRequest: (response) => sendGraphQL(response, answer) });
    const opened = createRemoteSubgraph({ name: "shop", url: server.url, startTimeoutMs: 0 });
    await expect(opened).rejects.toMatchObject({ message: expect.stringContaining(why) });
  });

  it("is no longer waited for when the start is given up", async () => {
    const starting = new AbortController();
    await using server = await openRawServer({ onRequest: () => starting.abort() });
    const opened = createRemoteSubgraph({ name: "shop", url: server.url }, starting.signal);
    await expect(opened).rejects.toMatchObject({ code: "SUBGRAPH_UNAVAILABLE" });
    expect(server.requests).toHaveLength(1);
  });

  it("is read again on demand, and kept if that fails", async () => {
    let sdl = "type Query { a: Int }";
    const server = await openRawServer({ onRequest: (response) => sendGraphQL(response, service(sdl)) });
    await using remote = await createRemoteSubgraph({ name: "shop", url: server.url });
    expect(await remote.refresh()).toBe(false);
    sdl = "type Query { a: Int b: Int }";
    expect(await remote.refresh()).toBe(true);
    await server.close();
    await expect(remote.refresh()).rejects.toMatchObject({ code: "SUBGRAPH_UNAVAILABLE" });
    expect(remote.sdl).toBe(sdl);
  });
});
