/** Bounds what is under way to one subgraph: beyond it a request is refused at once, and costs nothing. */
import type { HttpClient } from "./http-client.ts";
import { TransportFailure } from "./transport-failure.ts";

/** @param maxRequests that are running or wait for a connection */
export function limitRequests(client: HttpClient, maxRequests: number): HttpClient {
  let running = 0;
  const release = (): void => {
    running -= 1;
  };
  return {
    post(post, exchange) {
      if (running >= maxRequests) {
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
