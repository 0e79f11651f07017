/** A TCP proxy before Redis, ClickHouse or any other server, which slows down or holds back what goes through it. */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface TcpProxy extends AsyncDisposable {
  /** `host:port` to reach it at. */
  readonly address: string;
  /** How long each packet takes longer, in either direction. @default 0 ms */
  delayMs: number;
  /** How much clients have sent since {@link hold} that the server does not have. */
  readonly heldBytes: number;
  /** Whether a packet among that has this in it, as bytes of Latin-1. */
  holds(pattern: RegExp): boolean;
  /** From now on the server gets nothing more; connections stay, and nothing is lost. */
  hold(): void;
  /** Sends on what was held, in its order, also for clients that have gone meanwhile. */
  release(): void;
}

/** `target`: `host:port` of the server. */
export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const [host = "", port = ""] = target.split(":");
  const sockets = new Set<Socket>();
  const held: { readonly data: Buffer; readonly send: () => void }[] = [];
  let isHolding = false;
  let delayMs = 0;

  const pass = (send: () => void): void => {
    if (delayMs === 0) send();
    else setTimeout(send, delayMs);
  };
  const toServer = (data: Buffer, send: () => void): void => {
    if (isHolding) held.push({ data, send });
    else pass(send);
  };
  const server = createServer((client) => {
    const upstream = connect(Number(port), host);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      // The end of a connection is told by its close.
      socket.on("error", () => undefined);
      socket.on("close", () => sockets.delete(socket));
    }
    client.on("data", (data) => toServer(data, () => void upstream.write(data)));
    client.on("close", () => toServer(Buffer.alloc(0), () => upstream.end()));
    upstream.on("data", (data) => pass(() => void client.write(data)));
    upstream.on("close", () => pass(() => client.end()));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    get delayMs() {
      return delayMs;
    },
    set delayMs(ms) {
      delayMs = ms;
    },
    get heldBytes() {
      return held.reduce((sum, { data }) => sum + data.length, 0);
    },
    holds: (pattern) => held.some(({ data }) => pattern.test(data.toString("latin1"))),
    hold: () => void (isHolding = true),
    release() {
      isHolding = false;
      for (const { send } of held.splice(0)) send();
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
