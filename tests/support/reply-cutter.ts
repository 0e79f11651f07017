/** A TCP proxy before an HTTP server that lets requests through and cuts the connection instead of some replies. */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface ReplyCutter extends AsyncDisposable {
  readonly url: string;
  /** Cuts the next `count` replies to requests whose first packet matches: when the reply comes, so the server is done. */
  cutNext(count: number, request: RegExp): void;
  /** How many replies were cut so far. */
  readonly cuts: number;
}

/** `address`: `host:port` of the server. */
export async function startReplyCutter(address: string): Promise<ReplyCutter> {
  const [host = "", port = ""] = address.split(":");
  const sockets = new Set<Socket>();
  let wanted = { count: 0, request: /$^/ };
  let cuts = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(port), host);
    let cutting = false;
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", end);
      socket.on("close", () => {
        sockets.delete(socket);
        end();
      });
    }
    client.on("data", (data) => {
      if (wanted.count > 0 && wanted.request.test(data.toString("latin1"))) {
        wanted = { ...wanted, count: wanted.count - 1 };
        cutting = true;
      }
      upstream.write(data);
    });
    upstream.on("data", (data) => {
      if (!cutting) {
        client.write(data);
        return;
      }
      cuts++;
      end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cutNext: (count, request) => void (wanted = { count, request }),
    get cuts() {
      return cuts;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
