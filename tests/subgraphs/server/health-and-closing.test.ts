/** What an orchestrator sees of a subgraph server: health, readiness, and a close that loses no answer. */
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { describe, expect, it } from "@jest/globals";
import { createSubgraphServer } from "../../../subgraphs/server/create-subgraph-server.ts";
import type { Health } from "../../../subgraphs/server/subgraph-server-options.ts";
import { serveStub, stubSubgraph } from "./stub-subgraph.ts";

const read = async (url: string, init?: RequestInit): Promise<[number, unknown]> => {
  const answer = await fetch(url, init);
  return [answer.status, await answer.json()];
};

describe("health", () => {
  it("is told apart: whether it lives, and whether requests may come", async () => {
    let ready: Health = { status: "ok" };
    await using served = await serveStub({ ready: () => Promise.resolve(ready) });
    expect(await read(`${served.origin}/health/ready`)).toEqual([200, { status: "ok" }]);
    ready = { status: "unavailable", reasons: ["The state store does not answer."] };
    expect(await read(`${served.origin}/health/ready`)).toEqual([503, ready]);
    expect(await read(`${served.origin}/health/live`)).toEqual([200, { status: "ok" }]);
    const [status] = await read(`${served.origin}/health/live`, { method: "POST" });
    expect(status).toBe(405);
  });

  it("that cannot be told is an error without the inside, and is logged", async () => {
    await using served = await serveStub({ ready: () => Promise.reject(new Error("redis://10.0.0.7")) });
    const answer = await fetch(`${served.origin}/health/ready`);
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain("10.0.0.7");
    expect(served.logged).toHaveLength(1);
  });
});

describe("closing", () => {
  it("waits for answers on their way, takes no new connections, and is not ready meanwhile", async () => {
    const served = await serveStub();
    let answer = (): void => {};
    const asked = new Promise<void>((resolve) => {
      served.subgraph.answer = () => {
        resolve();
        return new Promise((settle) => (answer = () => settle({ data: { fail: 1 } })));
      };
    });
    const waiting = served.post({ query: "{ fail }" });
    await asked;
    const closed = served.close();
    expect(served.close()).toBeInstanceOf(Promise);
    await expect(fetch(`${served.origin}/health/ready`)).rejects.toThrow();
    answer();
    const late = await waiting;
    expect(await late.json()).toEqual({ data: { fail: 1 } });
    await closed;
  });

  it("tells a caller who goes on using its connection that it is not ready, and ends the connection", async () => {
    let answer = (): void => {};
    // Health is asked for last, so that all requests have come when it is read.
    const served = await serveStub({ live: () => (answer(), { status: "ok" }) });
    const asked = new Promise<void>((resolve) => {
      served.subgraph.answer = () => {
        resolve();
        return new Promise((settle) => (answer = () => settle({ data: { fail: 1 } })));
      };
    });
    const caller = connect(served.port, "127.0.0.1");
    const body = '{"query":"{ fail }"}';
    const head = `host: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
    caller.write(`POST /people/graphql HTTP/1.1\r\n${head}${body}`);
    await asked;
    const closed = served.close();
    for (const path of ["ready", "live"]) caller.write(`GET /health/${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
    let text = "";
    for await (const chunk of caller as AsyncIterable<Buffer>) text += chunk.toString("utf8");
    const [, first = "", second = ""] = text.split("HTTP/1.1 ");
    expect(first).toMatch(/^200 OK[^]*"fail":1/);
    expect(second).toMatch(/^503 [^]*connection: close[^]*is closing/i);
    await closed;
  });

  it("does not wait longer than it is allowed to", async () => {
    const served = await serveStub({ closeTimeoutMs: 50 });
    const asked = new Promise<void>((resolve) => {
      served.subgraph.answer = () => (resolve(), new Promise(() => {}));
    });
    const lost = served.post({ query: "{ fail }" }).catch(() => "lost");
    await asked;
    await served.close();
    expect(await lost).toBe("lost");
  });

  it("of a server that never listened is done at once", async () => {
    const server = await createSubgraphServer({ subgraphs: [stubSubgraph()], logger: { error: () => {} } });
    await server.close();
  });
});

describe("listening", () => {
  it("fails with one clear error if the port is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    const server = await createSubgraphServer({ subgraphs: [stubSubgraph()], logger: { error: () => {} } });
    await expect(server.listen({ port })).rejects.toMatchObject({
      code: "PORT_BUSY",
      message: `The address 127.0.0.1:${port} is already in use.`,
    });
    await server.close();
    other.close();
  });
});
