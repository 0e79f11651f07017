/** A server with nothing but the operational routes: for processes that have no gateway. */
import { createServer } from "node:http";
import { listen, type ListenAddress } from "../../gateway/server/listen.ts";
import type { Routes } from "../../gateway/server/gateway-options.ts";

export interface OpsServer extends AsyncDisposable {
  readonly port: number;
}

/**
 * Listens until it is disposed.
 * @throws OnefoldError PORT_BUSY, INPUT_INVALID
 */
export async function openOpsServer(
  address: ListenAddress,
  routes: Routes,
  onFault: (fault: unknown) => void = () => undefined,
): Promise<OpsServer> {
  const server = createServer((request, response) => {
    routes(request, response).then(
      (answered) => {
        if (!answered) response.writeHead(404, { "content-type": "application/json; charset=utf-8" }).end(nothing);
      },
      (fault: unknown) => {
        onFault(fault);
        if (response.headersSent) response.destroy();
        else response.writeHead(500, { "content-type": "application/json; charset=utf-8" }).end(failed);
      },
    );
  });
  const port = await listen(server, address);
  return {
    port,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

const nothing = JSON.stringify({ errors: [{ message: "Nothing is here.", extensions: { code: "NOT_FOUND" } }] });
const failed = JSON.stringify({ errors: [{ message: "It failed.", extensions: { code: "INTERNAL" } }] });
