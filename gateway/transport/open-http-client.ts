/** Opens the way to one subgraph over HTTP, as its settings have it. */
import type { HttpClient } from "./http-client.ts";
import { createHttp1Client } from "./http1-client.ts";
import { limitRequests } from "./limit-requests.ts";
import type { RemoteSubgraphSettings } from "./remote-subgraph-options.ts";
import { TlsClient } from "./tls-client.ts";

/** Connects with the first request. undici is loaded here, so that a process without remote subgraphs never does. */
export async function openHttpClient(settings: RemoteSubgraphSettings): Promise<HttpClient> {
  const { Pool } = await import("undici");
  const { name, logger, tls, connectTimeoutMs, maxConnections, maxWaitingRequests } = settings;
  const url = new URL(settings.url);
  const undiciPool = new Pool(url.origin, {
    connections: maxConnections,
    pipelining: 1,
    // The deadline of each request bounds all of it.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { ...tls, timeout: connectTimeoutMs },
  });
  const pool = createHttp1Client(undiciPool, `${url.pathname}${url.search}`);
  const client = url.protocol === "https:" ? new TlsClient({ url, tls, connectTimeoutMs, pool }) : pool;
  const maxRequests = maxConnections + maxWaitingRequests;
  const onFull = (): void => {
    logger.warn({ subgraph: name }, `${maxRequests} requests to the subgraph "${name}" are waiting: more are refused.`);
  };
  return limitRequests(client, { maxRequests, onFull });
}
