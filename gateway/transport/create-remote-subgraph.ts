/** A remote subgraph, assembled: queries and mutations over HTTP, subscriptions over one WebSocket, SDL from `_service`. */
import type { MessageKind, SubgraphTransport } from "../subgraph-transport.ts";
import { createHttpExecute } from "./http-execute.ts";
import { openHttpClient } from "./open-http-client.ts";
import { readFirstSdl, readSdl } from "./read-sdl.ts";
import { namesOfRequests } from "./post-headers.ts";
import {
  remoteSubgraphSettings,
  type RemoteSubgraphOptions,
  type RemoteSubgraphSettings,
} from "./remote-subgraph-options.ts";
import { createSocketSubscribe } from "./socket-subscribe.ts";

export interface RemoteSubgraph extends SubgraphTransport, AsyncDisposable {
  /** What was read last. */
  readonly sdl: string;
  /**
   * Reads the SDL again, in one attempt; answers whether it changed.
   * @throws OnefoldError SUBGRAPH_UNAVAILABLE; the SDL stays as it was
   */
  refresh(): Promise<boolean>;
  /** Closes the connections: what is open on them breaks. Idempotent. */
  close(): void;
}

/**
 * Waits for the subgraph to give its SDL, unless the options have it.
 * @throws OnefoldError SUBGRAPH_UNAVAILABLE if it does not in time; INPUT_INVALID for an address that is none
 */
export async function createRemoteSubgraph(
  options: RemoteSubgraphOptions,
  signal?: AbortSignal,
): Promise<RemoteSubgraph> {
  const settings = remoteSubgraphSettings(options);
  const client = await openHttpClient(settings);
  const source = { settings, client };
  let sdl = options.sdl ?? (await readFirstSdl(source, signal));
  const sockets = createSocketSubscribe(settings);
  const http = createHttpExecute(settings, client);
  const close = (): void => {
    sockets.close();
    http.close();
    client.close();
  };
  return {
    name: settings.name,
    keepsTime: true,
    readsHeaders: settings.passed.map(({ from }) => from).filter((name) => !namesOfRequests.has(name)),
    readsClaims: settings.claimed.map(({ claim }) => claim),
    ...(settings.shareReads && { messageKind: messageKind(settings) }),
    get sdl() {
      return sdl;
    },
    execute: (request) => http.execute(request),
    subscribe: (request) => sockets.subscribe(request),
    async refresh() {
      const before = sdl;
      sdl = await readSdl(source);
      return sdl !== before;
    },
    close,
    [Symbol.asyncDispose]: async () => close(),
  };
}

/** What a subgraph of whatever make sends may be anything, so all is held. */
function messageKind({ maxQueuedMessages, maxQueuedBytes }: RemoteSubgraphSettings): MessageKind {
  return { kind: "events", maxQueuedMessages, maxQueuedBytes };
}
