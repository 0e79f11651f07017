/** Binding of the subgraph server to an address, with one clear error if that fails. */
import type { Server } from "node:http";
import { OnefoldError } from "../../schema/errors.ts";

export interface ListenAddress {
  /** @default "127.0.0.1" */
  readonly host?: string;
  /** 0 for any free port. */
  readonly port: number;
}

/**
 * Binds, and answers the port that the server got.
 * @throws OnefoldError PORT_BUSY, or INPUT_INVALID for an address that cannot be bound
 */
export function listen(server: Server, { host = "127.0.0.1", port }: ListenAddress): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException): void => {
      const [code, why] =
        cause.code === "EADDRINUSE"
          ? (["PORT_BUSY", "is already in use"] as const)
          : (["INPUT_INVALID", `cannot be listened on (${cause.code ?? "unknown reason"})`] as const);
      reject(new OnefoldError(code, `The address ${host}:${port} ${why}.`, { cause }));
    };
    server.once("error", onError);
    server.listen({ host, port }, () => {
      server.off("error", onError);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}
