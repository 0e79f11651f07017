/**
 * One kept-alive HTTP/1.1 connection that sends one POST at a time, written for little CPU: it reads into one buffer, counts
 * bytes and keeps an answer's text only when it is told to.
 */
import { connect, type Socket } from "node:net";

export interface HttpAnswer {
  readonly status: number;
  /** Of the body, without the framing. */
  readonly bytes: number;
  /** The body, if it was to be kept. */
  readonly text: string | undefined;
}

export interface HttpConnection {
  /** The promise of the one before must be settled. Rejects when the connection breaks. */
  post(body: string, keep: boolean): Promise<HttpAnswer>;
  close(): void;
}

interface Waiter {
  readonly keep: boolean;
  resolve(answer: HttpAnswer): void;
  reject(error: Error): void;
}

const BUFFER_BYTES = 256 * 1024;
const HEAD_END = "\r\n\r\n";

export function openConnection(port: number, path: string): HttpConnection {
  const head = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${String(port)}\r\ncontent-type: application/json\r\naccept: application/json\r\n`;
  let waiter: Waiter | undefined;
  let reader = createAnswerReader(false);
  const socket: Socket = connect({
    port,
    host: "127.0.0.1",
    onread: {
      buffer: Buffer.allocUnsafe(BUFFER_BYTES),
      callback: (size, buffer) => {
        const answer = reader(Buffer.from(buffer.buffer, buffer.byteOffset, size));
        if (answer === undefined) return true;
        const done = waiter;
        waiter = undefined;
        done?.resolve(answer);
        return true;
      },
    },
  });
  socket.setNoDelay(true);
  const broken = (error?: Error): void => waiter?.reject(error ?? new Error("The connection was closed."));
  socket.on("error", broken).on("close", () => broken());
  return {
    post: (body, keep) =>
      new Promise((resolve, reject) => {
        waiter = { keep, resolve, reject };
        reader = createAnswerReader(keep);
        socket.write(`${head}content-length: ${String(Buffer.byteLength(body))}${HEAD_END}${body}`);
      }),
    close: () => void socket.destroy(),
  };
}

/** Takes the bytes as they come; gives the answer with the last of them. */
function createAnswerReader(keep: boolean): (chunk: Buffer) => HttpAnswer | undefined {
  let head = "";
  let status = 0;
  let body: ((chunk: Buffer) => number | undefined) | undefined;
  const kept: Buffer[] = [];
  const keepPart = (part: Buffer): void => {
    if (keep) kept.push(Buffer.from(part));
  };
  return (chunk) => {
    let rest = chunk;
    if (body === undefined) {
      head += chunk.toString("latin1");
      const end = head.indexOf(HEAD_END);
      if (end === -1) return undefined;
      rest = chunk.subarray(chunk.length - (head.length - end - HEAD_END.length));
      head = head.slice(0, end);
      status = Number(head.slice(9, 12));
      const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
      body = length === undefined ? createChunkCounter(keepPart) : createByteCounter(Number(length), keepPart);
    }
    const bytes = body(rest);
    if (bytes === undefined) return undefined;
    return { status, bytes, text: keep ? Buffer.concat(kept).toString("utf8") : undefined };
  };
}

/** A body of a length that is known. */
function createByteCounter(length: number, keepPart: (part: Buffer) => void): (chunk: Buffer) => number | undefined {
  let seen = 0;
  return (chunk) => {
    keepPart(chunk);
    seen += chunk.length;
    return seen >= length ? length : undefined;
  };
}

/** A body in chunks, each behind a line with its length in hexadecimal digits; one of no length and a blank line end it. */
function createChunkCounter(keepPart: (part: Buffer) => void): (chunk: Buffer) => number | undefined {
  let bytes = 0;
  /** Of the chunk under way, with the two bytes of the line end behind it. */
  let left = 0;
  let line = "";
  let isLast = false;
  return (received) => {
    for (let at = 0; at < received.length;) {
      if (left > 0) {
        const content = received.subarray(at, at + Math.max(0, Math.min(left - 2, received.length - at)));
        keepPart(content);
        bytes += content.length;
        const taken = Math.min(left, received.length - at);
        left -= taken;
        at += taken;
        continue;
      }
      const end = received.indexOf(10, at);
      line += received.toString("latin1", at, end === -1 ? received.length : end);
      if (end === -1) return undefined;
      at = end + 1;
      if (isLast && line.trim() === "") return bytes;
      const size = isLast ? 0 : Number.parseInt(line, 16);
      isLast ||= size === 0;
      left = size === 0 ? 0 : size + 2;
      line = "";
    }
    return undefined;
  };
}
