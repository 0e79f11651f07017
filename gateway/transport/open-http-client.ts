/** Opens the connections to one subgraph, as its settings have them. */
import type { HttpClient } from "./http-client.ts";
import { createHttp1Client } from "./http1-client.ts";
import type { RemoteSubgraphSettings } from "./remote-subgraph-options.ts";

/** Connects with the first request. undici is loaded here, so that a process without remote subgraphs never does. */
export async function openHttpClient(settings: RemoteSubgraphSettings): Promise<HttpClient> {
  const { Pool } = await import("undici");
  const { origin, pathname, search } = new URL(settings.url);
  const pool = new Pool(origin, {
    connections: settings.maxConnections,
    pipelining: 1,
    // The deadline of each request bounds all of it.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: settings.connectTimeoutMs, ...settings.tls },
  });
  return createHttp1Client(pool, `${pathname}${search}`);
}
