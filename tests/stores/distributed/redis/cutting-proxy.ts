/** A TCP proxy in front of Redis that can let requests through and cut the connection before their answers. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export interface CuttingProxy extends AsyncDisposable {
  readonly port: number;
  /** How many connections were cut. */
  readonly cuts: number;
  /** From now on the next answer is not passed on: its connection is cut instead. */
  cutNextAnswer(): void;
  /** From now on a connection is cut as soon as it has sent so many bytes. */
  cutAfterSending(bytes: number): void;
}

export async function openCuttingProxy(address: string): Promise<CuttingProxy> {
  const [host = "", port] = address.split(":");
  const sockets = new Set<Socket>();
  let isAnswerCut = false;
  let left = Infinity;
  let cuts = 0;
  const server = createServer((client) => {
    const redis = connect(Number(port), host);
    const cut = (): void => {
      cuts++;
      client.destroy();
      redis.destroy();
    };
    for (const socket of [client, redis]) {
      sockets.add(socket);
      socket.on("error", () => {});
    }
    client.on("data", (sent) => {
      left -= sent.length;
      if (left >= 0) {
        redis.write(sent);
        return;
      }
      left = Infinity;
      cut();
    });
    redis.on("data", (answer) => {
      if (!isAnswerCut) {
        client.write(answer);
        return;
      }
      isAnswerCut = false;
      cut();
    });
    client.on("close", () => redis.destroy());
    redis.on("close", () => client.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const at = server.address();
  return {
    port: typeof at === "object" && at !== null ? at.port : 0,
    get cuts() {
      return cuts;
    },
    cutNextAnswer() {
      isAnswerCut = true;
    },
    cutAfterSending(bytes) {
      left = bytes;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}
