/** What a remote subgraph is created with, and the defaults. */
import { OnefoldError } from "../../schema/errors.ts";
import { silentLogger, type GatewayLogger } from "../gateway-logger.ts";
import type { TransportMonitor } from "../gateway-monitor.ts";
import { headerRules, type HeaderRuleOptions, type HeaderRules } from "./header-rules.ts";
import type { ErrorRules } from "./read-result.ts";

export interface RemoteSubgraphOptions extends HeaderRuleOptions {
  /** As the supergraph calls it. */
  readonly name: string;
  /** Of its GraphQL endpoint, `http:` or `https:`, without credentials. */
  readonly url: string;
  /** Of its WebSocket endpoint. @default `url` with `ws:` or `wss:` */
  readonly subscriptionUrl?: string;
  /** Federation SDL. @default what the subgraph answers to `{ _service { sdl } }` */
  readonly sdl?: string;
  /** How long a query may take, in milliseconds. @default 5_000 */
  readonly timeoutMs?: number;
  /** How long a mutation may take, in milliseconds: it waits until its effect can be read. @default 10_000 */
  readonly mutationTimeoutMs?: number;
  /** Of one answer, unpacked, and of one message. @default 16 MiB */
  readonly maxAnswerBytes?: number;
  /** How long its SDL is asked for again at the start, in milliseconds; 0 for one attempt. @default 30_000 */
  readonly startTimeoutMs?: number;
  /** How long a connection may take, and a WebSocket until it is ready for subscriptions; in milliseconds. @default 5_000 */
  readonly connectTimeoutMs?: number;
  /** Connections that are open at once. @default 128 */
  readonly maxConnections?: number;
  /** Requests that wait for a connection; more are refused. @default 1_024 */
  readonly maxWaitingRequests?: number;
  /** Whether queries that are identical and under way at once are sent once. @default true */
  readonly shareReads?: boolean;
  /** Whether packed answers are asked for; they are understood in any case. @default for https */
  readonly compression?: boolean;
  /** What clients may see of its errors. @default masked: `{ mask: true }` */
  readonly errors?: ErrorRules;
  /** For https and wss. @default the system's authorities, no certificate of one's own */
  readonly tls?: SubgraphTls;
  /** The WebSocket is pinged this often; silence until the next ping ends it. In milliseconds. @default 5_000 */
  readonly pingIntervalMs?: number;
  /** How long a WebSocket without subscriptions is kept, in milliseconds. @default 10_000 */
  readonly idleTimeoutMs?: number;
  /** Messages of one subscription that are held until they are read. @default 1_000 */
  readonly maxQueuedMessages?: number;
  /** Bytes of those messages. @default 4 MiB */
  readonly maxQueuedBytes?: number;
  /** @default silent */
  readonly logger?: GatewayLogger;
  /** Told of the circuit, of retries and of shared reads. @default nobody */
  readonly monitor?: TransportMonitor;
}

/** Certificates and keys are PEM. */
export interface SubgraphTls {
  /** Authorities that are trusted, in place of the system's. */
  readonly ca?: string;
  /** The gateway's own certificate, for a subgraph that asks for one. */
  readonly cert?: string;
  /** The private key of `cert`. */
  readonly key?: string;
  /** The name that the subgraph's certificate must have. @default the address's host */
  readonly servername?: string;
  /** False: any certificate is taken. @default true */
  readonly rejectUnauthorized?: boolean;
}

export type RemoteSubgraphSettings = Required<Omit<RemoteSubgraphOptions, "sdl" | keyof HeaderRuleOptions>> &
  HeaderRules & { readonly name: string };

const defaults = {
  timeoutMs: 5_000,
  mutationTimeoutMs: 10_000,
  maxAnswerBytes: 16 * 1024 * 1024,
  startTimeoutMs: 30_000,
  connectTimeoutMs: 5_000,
  maxConnections: 128,
  maxWaitingRequests: 1_024,
  shareReads: true,
  errors: { mask: true },
  tls: {},
  pingIntervalMs: 5_000,
  idleTimeoutMs: 10_000,
  maxQueuedMessages: 1_000,
  maxQueuedBytes: 4 * 1024 * 1024,
  logger: silentLogger,
  monitor: {},
};

/**
 * Fills in the defaults.
 * @throws OnefoldError INPUT_INVALID for an address that no request can be sent to, and for headers that cannot be sent
 */
export function remoteSubgraphSettings(options: RemoteSubgraphOptions): RemoteSubgraphSettings {
  const url = readAddress(options.url, ["http:", "https:"], options.name);
  const subscriptionUrl = readAddress(
    options.subscriptionUrl ?? url.href.replace(/^http/, "ws"),
    ["ws:", "wss:"],
    options.name,
  );
  return {
    ...defaults,
    compression: url.protocol === "https:",
    ...options,
    ...headerRules(options),
    url: url.href,
    subscriptionUrl: subscriptionUrl.href,
  };
}

function readAddress(text: string, protocols: readonly string[], name: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !protocols.includes(url.protocol)) {
    const accepted = protocols.map((protocol) => `${protocol}//`).join(" or ");
    const message = `The address of the subgraph "${name}" is no ${accepted} URL: ${JSON.stringify(text)}.`;
    throw new OnefoldError("INPUT_INVALID", message);
  }
  if (url.username !== "" || url.password !== "") {
    throw new OnefoldError("INPUT_INVALID", `The address of the subgraph "${name}" holds credentials.`, {
      remedy: "Give them in its headers, as authorization.",
    });
  }
  return url;
}
