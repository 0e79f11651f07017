/** Bounds what is under way to one subgraph: beyond it a request is refused at once, and costs nothing. */
import type { HttpClient } from "./http-client.ts";
import { TransportFailure } from "./transport-failure.ts";

export interface RequestLimit {
  /** That run or wait for a connection. */
  readonly maxRequests: number;
  /** The limit is reached; told once, until less than half of it is in use. */
  readonly onFull: () => void;
}

export function limitRequests(client: HttpClient, { maxRequests, onFull }: RequestLimit): HttpClient {
  let running = 0;
  let isTold = false;
  const release = (): void => {
    running -= 1;
    if (running < maxRequests / 2) isTold = false;
  };
  return {
    post(post, exchange) {
      if (running >= maxRequests) {
        if (!isTold) onFull();
        isTold = true;
        exchange.cancel(new TransportFailure(`${running} requests to it are waiting already`, undefined, "refused"));
        return;
      }
      running += 1;
      exchange.whenReleased(release);
      client.post(post, exchange);
    },
    close: () => client.close(),
  };
}
