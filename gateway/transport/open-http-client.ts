/** Opens the way to one subgraph over HTTP, as its settings have it. */
import type { HttpClient } from "./http-client.ts";
import { Http1Pool } from "./http1-pool.ts";
import { limitRequests } from "./limit-requests.ts";
import { PlainClient } from "./plain-client.ts";
import type { RemoteSubgraphSettings } from "./remote-subgraph-options.ts";
import { TlsClient } from "./tls-client.ts";

/** Connects with the first request. */
export async function openHttpClient(settings: RemoteSubgraphSettings): Promise<HttpClient> {
  const { name, logger, maxConnections, maxWaitingRequests } = settings;
  const isPlain = new URL(settings.url).protocol !== "https:";
  const client = isPlain
    ? new PlainClient(new Http1Pool(settings), () => openUndiciClient(settings))
    : await openTlsClient(settings);
  const maxRequests = maxConnections + maxWaitingRequests;
  const onFull = (): void => {
    logger.warn({ subgraph: name }, `${maxRequests} requests to the subgraph "${name}" are waiting: more are refused.`);
  };
  return limitRequests(client, { maxRequests, onFull });
}

async function openTlsClient(settings: RemoteSubgraphSettings): Promise<HttpClient> {
  const { url, tls, connectTimeoutMs } = settings;
  return new TlsClient({ url: new URL(url), tls, connectTimeoutMs, pool: await openUndiciClient(settings) });
}

/** undici is loaded here, so that a process that needs it neither for TLS nor for files never does. */
async function openUndiciClient({
  url: address,
  tls,
  connectTimeoutMs,
  maxConnections,
}: RemoteSubgraphSettings): Promise<HttpClient> {
  const [{ Pool }, { createUndiciClient }] = await Promise.all([import("undici"), import("./undici-client.ts")]);
  const url = new URL(address);
  const undiciPool = new Pool(url.origin, {
    connections: maxConnections,
    pipelining: 1,
    // The deadline of each request bounds all of it.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { ...tls, timeout: connectTimeoutMs },
  });
  return createUndiciClient(undiciPool, `${url.pathname}${url.search}`);
}
