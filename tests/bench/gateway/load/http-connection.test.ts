/** The bench's HTTP client reads answers however they are framed and cut. */
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import { openConnection, type HttpAnswer } from "../../../../bench/gateway/load/http-connection.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** Asks a server that writes each of these texts, in pieces of so many bytes, as the answer to one request. */
async function ask(answers: readonly string[], pieceBytes: number): Promise<readonly HttpAnswer[]> {
  let next = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    closers.push(() => socket.destroy());
    socket.on("data", () => void writePieces(Buffer.from(answers[next++] ?? "")));
    async function writePieces(bytes: Buffer): Promise<void> {
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        await new Promise((resolve) => socket.write(bytes.subarray(at, at + pieceBytes), resolve));
      }
    }
  }).listen(0, "127.0.0.1");
  closers.push(() => server.close());
  await once(server, "listening");
  const connection = openConnection((server.address() as AddressInfo).port, "/graphql");
  closers.push(() => connection.close());
  const read: HttpAnswer[] = [];
  for (let i = 0; i < answers.length; i++) read.push(await connection.post("{}", true));
  return read;
}

const long = "ä".repeat(700);
const whole = (body: string): string =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${String(Buffer.byteLength(body))}\r\nconnection: keep-alive\r\n\r\n${body}`;
const chunked = (parts: readonly string[], trailers = ""): string =>
  `HTTP/1.1 207 Multi\r\ntransfer-encoding: chunked\r\n\r\n${parts
    .map((part) => `${Buffer.byteLength(part).toString(16)};note=1\r\n${part}\r\n`)
    .join("")}0\r\n${trailers}\r\n`;

describe.each([1, 2, 7, 4096])("in pieces of %i bytes", (pieceBytes) => {
  it("reads answers of a known length, one after the other", async () => {
    expect(await ask([whole("first"), whole(long)], pieceBytes)).toEqual([
      { status: 200, bytes: 5, text: "first" },
      { status: 200, bytes: 1400, text: long },
    ]);
  });

  it("reads answers in chunks, with trailers or without", async () => {
    const answers = [chunked(["a\r\n", long, "0\r\n"]), chunked(["b"], "x-end: 0\r\n")];
    expect(await ask(answers, pieceBytes)).toEqual([
      { status: 207, bytes: 1406, text: `a\r\n${long}0\r\n` },
      { status: 207, bytes: 1, text: "b" },
    ]);
  });
});

it("rejects when the connection ends before the answer", async () => {
  const server = createServer((socket) => void socket.on("data", () => socket.destroy())).listen(0, "127.0.0.1");
  closers.push(() => server.close());
  await once(server, "listening");
  const connection = openConnection((server.address() as AddressInfo).port, "/");
  await expect(connection.post("{}", false)).rejects.toThrow();
});
