/** Our HTTP/1.1 client against servers that write bytes by hand: what is an answer, what is none, and which connections are kept. */
import { once } from "node:events";
import type { Socket } from "node:net";
import { describe, expect, it, jest } from "@jest/globals";
import { HttpExchange } from "../../../gateway/transport/http-exchange.ts";
import { Http1Pool } from "../../../gateway/transport/http1-pool.ts";
import { TransportFailure } from "../../../gateway/transport/transport-failure.ts";
import { openTcpServer, type TcpServer } from "../fixtures/tcp-server.ts";
import { until } from "../fixtures/until.ts";

const json = '{"data":{"a":1}}';
const value = { data: { a: 1 } };
const type = "content-type: application/json\r\n";
const plain = `HTTP/1.1 200 OK\r\n${type}content-length: ${json.length}\r\n\r\n${json}`;
const chunked = `HTTP/1.1 200 OK\r\n${type}transfer-encoding: chunked\r\n\r\n`;

function openPool({ url }: TcpServer, maxConnections = 4) {
  const pool = new Http1Pool({ url, connectTimeoutMs: 2_000, maxConnections });
  return {
    ask(body = "{}", headers: readonly string[] = [], maxBytes = 1_000_000): Promise<unknown> {
      const exchange = new HttpExchange(maxBytes);
      pool.post({ headers, body }, exchange);
      return exchange.json;
    },
    pool,
    [Symbol.dispose]: () => pool.close(),
  };
}

/** Byte by byte, each in a packet of its own as far as the system lets us. */
async function trickle(socket: Socket, text: string): Promise<void> {
  socket.setNoDelay(true);
  for (const character of text) {
    socket.write(character, "latin1");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("a plain connection", () => {
  it.each<[string, string]>([
    ["whose length is told", plain],
    ["without a reason", plain.replace("200 OK", "200")],
    ["behind an interim answer", `HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${plain}`],
    ["behind two in one piece", `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n${plain}`],
    ["in a chunk", `${chunked}${json.length.toString(16)}\r\n${json}\r\n0\r\n\r\n`],
    ["in chunks with extensions and trailers", `${chunked}5;a=b\r\n{"dat\r\nB \r\na":{"a":1}}\r\n0\r\nx-a: 1\r\n\r\n`],
  ])("takes an answer %s, in one piece and byte by byte, and is used again", async (_what, text) => {
    await using server = await openTcpServer((socket, index) => {
      if (index === 1) void trickle(socket, text);
      else socket.write(text);
    });
    using client = openPool(server);
    for (let i = 0; i < 3; i++) expect(await client.ask()).toEqual(value);
    expect(server.requests.map(({ connection }) => connection)).toEqual([0, 0, 0]);
  });

  it.each<[string, string]>([
    ["the end of the connection", `HTTP/1.1 200 OK\r\n${type}\r\n${json}`],
    ["its length, and the server closes", plain.replace("\r\n\r\n", "\r\nConnection: foo, Close\r\n\r\n")],
    ["its length in HTTP/1.0", plain.replace("HTTP/1.1", "HTTP/1.0")],
    ["its length, and it must not be idle for long", plain.replace("\r\n\r\n", "\r\nkeep-alive: timeout=1\r\n\r\n")],
    ["its length, and more comes", `${plain}HTTP/1.1 200 OK\r\n`],
  ])("is not used again where %s ends an answer", async (_what, text) => {
    await using server = await openTcpServer((socket) => {
      if (text.includes("content-length")) socket.write(text);
      else socket.end(text);
    });
    using client = openPool(server);
    expect(await client.ask()).toEqual(value);
    expect(await client.ask()).toEqual(value);
    expect(server.requests.map(({ connection }) => connection)).toEqual([0, 1]);
  });

  it.each<[string, string]>([
    ["no HTTP", `ICY 200 OK\r\n\r\n${json}`],
    ["another version", plain.replace("HTTP/1.1", "HTTP/2.0")],
    ["lines that end without CR", plain.replaceAll("\r\n", "\n")],
    ["one line that ends without CR", plain.replace("json\r\n", "json\n")],
    ["a name with a space behind it", plain.replace("content-length:", "content-length :")],
    ["a folded header", plain.replace("\r\n\r\n", "\r\nx-a: 1\r\n 2\r\n\r\n")],
    ["a NUL", plain.replace("\r\n\r\n", "\r\nx-a: \0\r\n\r\n")],
    ["two lengths", plain.replace("content-length", "content-length: 3\r\ncontent-length")],
    ["the same length twice", plain.replace("\r\n\r\n", `\r\ncontent-length: ${json.length}\r\n\r\n`)],
    ["a length with a sign", plain.replace("content-length: ", "content-length: +")],
    ["a length in a list", plain.replace("content-length: ", `content-length: ${json.length}, `)],
    ["a length and chunks", plain.replace("\r\n\r\n", "\r\ntransfer-encoding: chunked\r\n\r\n")],
    ["another coding", chunked.replace("chunked", "gzip, chunked")],
    ["chunks in HTTP/1.0", `${chunked.replace("HTTP/1.1", "HTTP/1.0")}10\r\n${json}\r\n0\r\n\r\n`],
    ["a protocol that nobody asked for", "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n"],
    ["a size that is none", `${chunked}0x10\r\n${json}\r\n0\r\n\r\n`],
    ["a size with a sign", `${chunked}-10\r\n${json}\r\n0\r\n\r\n`],
    ["a chunk longer than it says", `${chunked}f\r\n${json}\r\n0\r\n\r\n`],
    ["a chunk without CR", `${chunked}10\n${json}\r\n0\r\n\r\n`],
    ["a trailer that is none", `${chunked}10\r\n${json}\r\n0\r\nx\r\n\r\n`],
    ["trailers without end", `${chunked}10\r\n${json}\r\n0\r\n${"x-a: 1\r\n".repeat(2_000)}`],
    ["a line without end", `${chunked}1;${"x".repeat(10_000)}`],
    ["a head without end", `HTTP/1.1 200 OK\r\n${"x-a: 1\r\n".repeat(3_000)}`],
  ])("takes no answer with %s, and lets the server go", async (_what, text) => {
    await using server = await openTcpServer((socket, index) => socket.write(index === 0 ? text : plain));
    using client = openPool(server);
    await expect(client.ask()).rejects.toMatchObject({ kind: "outage" });
    const [first] = server.connections;
    if (first !== undefined && !first.destroyed) await once(first, "close");
    expect(await client.ask()).toEqual(value);
  });

  it.each<[string, string]>([
    ["before an answer", ""],
    ["in the head", plain.slice(0, 30)],
    ["in a body whose length is known", plain.slice(0, -3)],
    ["in a chunk", `${chunked}10\r\n{"data`],
    ["before the last chunk", `${chunked}10\r\n${json}\r\n`],
  ])("that ends %s is a failure", async (_what, text) => {
    await using server = await openTcpServer((socket) => socket.end(text));
    using client = openPool(server);
    await expect(client.ask()).rejects.toMatchObject({ kind: "outage" });
  });

  it("reads no more of a body than is allowed, however its length is told", async () => {
    const heads = [`HTTP/1.1 200 OK\r\n${type}content-length: 17\r\n\r\n`, chunked, `HTTP/1.1 200 OK\r\n${type}\r\n`];
    await using server = await openTcpServer((socket, index) => socket.write(`${heads[index]}11\r\n${" ".repeat(40)}`));
    using client = openPool(server);
    for (const _head of heads) await expect(client.ask("{}", [], 16)).rejects.toThrow("more than 16 bytes");
    expect(server.connections).toHaveLength(3);
  });

  it("is used again only within the time that servers keep it", async () => {
    await using server = await openTcpServer((socket) => socket.write(plain));
    using client = openPool(server);
    const now = jest.spyOn(performance, "now");
    try {
      for (const time of [1_000, 4_900, 9_000]) {
        now.mockReturnValue(time);
        await client.ask();
      }
    } finally {
      now.mockRestore();
    }
    expect(server.requests.map(({ connection }) => connection)).toEqual([0, 0, 1]);
  });

  it("that sends bytes unasked is not used again", async () => {
    await using server = await openTcpServer((socket) => socket.write(plain));
    using client = openPool(server);
    await client.ask();
    const [first] = server.connections;
    first?.write(plain);
    if (first !== undefined) await once(first, "close");
    expect(await client.ask()).toEqual(value);
    expect(server.requests.map(({ connection }) => connection)).toEqual([0, 1]);
  });

  it("is closed once its request is given up, and the others are answered", async () => {
    await using server = await openTcpServer((socket, index) => {
      if (index > 0) socket.write(plain);
    });
    using client = openPool(server, 1);
    const exchange = new HttpExchange(1_000);
    client.pool.post({ headers: [], body: "{}" }, exchange);
    const next = client.ask();
    await until(() => server.requests.length === 1);
    exchange.cancel(new TransportFailure("no longer wanted"));
    await expect(exchange.json).rejects.toThrow("no longer wanted");
    expect(await next).toEqual(value);
    expect(server.requests.map(({ connection }) => connection)).toEqual([0, 1]);
  });
});

describe("what is sent", () => {
  it("is one request after the other on a connection, on as many connections as are allowed", async () => {
    const waiting: Socket[] = [];
    await using server = await openTcpServer((socket) => waiting.push(socket));
    using client = openPool(server, 2);
    const answers = Array.from({ length: 5 }, () => client.ask());
    for (let answered = 0; answered < 5;) {
      await until(() => waiting.length === Math.min(2, 5 - answered));
      expect(server.connections).toHaveLength(2);
      answered += waiting.length;
      for (const socket of waiting.splice(0)) socket.write(plain);
    }
    expect(await Promise.all(answers)).toEqual(Array(5).fill(value));
  });

  it("has the length of its bytes, in the order it was asked for, and headers in Latin-1", async () => {
    await using server = await openTcpServer((socket) => socket.write(plain));
    using client = openPool(server);
    await client.ask('"ä€😀"', ["x-a", "ä"]);
    await client.ask('"a"', ["x-a", "b"]);
    const body = Buffer.from('"ä€😀"').toString("latin1");
    const { host, pathname } = new URL(server.url);
    const head = `POST ${pathname} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`;
    expect(server.requests.map(({ text }) => text)).toEqual([
      `${head}x-a: ä\r\ncontent-length: 11\r\n\r\n${body}`,
      `${head}x-a: b\r\ncontent-length: 3\r\n\r\n"a"`,
    ]);
  });

  it("is nothing where a header would end before its time", async () => {
    await using server = await openTcpServer((socket) => socket.write(plain));
    using client = openPool(server);
    await expect(client.ask("{}", ["x-a", "1\r\nx-b: 2"])).rejects.toMatchObject({ kind: "refused" });
    await expect(client.ask("{}", ["x-a", "€"])).rejects.toMatchObject({ kind: "refused" });
    expect(server.requests).toHaveLength(0);
  });

  it("fails where nobody listens, each request for itself, and once the client is closed", async () => {
    const server = await openTcpServer(() => {});
    await server[Symbol.asyncDispose]();
    const client = openPool(server, 2);
    const answers = await Promise.allSettled(Array.from({ length: 5 }, () => client.ask()));
    for (const answer of answers) expect(answer).toMatchObject({ reason: { cause: { code: "ECONNREFUSED" } } });
    client.pool.close();
    await expect(client.ask()).rejects.toMatchObject({ kind: "outage" });
  });
});
