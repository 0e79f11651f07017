/** What a remote subgraph is created with, and the defaults. */
import { OnefoldError } from "../../schema/errors.ts";
import { silentLogger, type GatewayLogger } from "../gateway-logger.ts";

export interface RemoteSubgraphOptions {
  /** As the supergraph calls it. */
  readonly name: string;
  /** Of its GraphQL endpoint, `http:` or `https:`, without credentials. */
  readonly url: string;
  /** Of its WebSocket endpoint. @default `url` with `ws:` or `wss:` */
  readonly subscriptionUrl?: string;
  /** Federation SDL. @default what the subgraph answers to `{ _service { sdl } }` */
  readonly sdl?: string;
  /** Sent with every request and on the WebSocket's upgrade. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** The client's headers that are passed on, in lower case. @default authorization, x-request-id, traceparent */
  readonly forwardHeaders?: readonly string[];
  /** How long a query may take, in milliseconds. @default 5_000 */
  readonly timeoutMs?: number;
  /** How long a mutation may take, in milliseconds: it waits until its effect can be read. @default 10_000 */
  readonly mutationTimeoutMs?: number;
  /** Of one answer, unpacked, and of one message. @default 16 MiB */
  readonly maxAnswerBytes?: number;
  /** How long its SDL is asked for again at the start, in milliseconds; 0 for one attempt. @default 30_000 */
  readonly startTimeoutMs?: number;
  /** How long a WebSocket may take to be ready for subscriptions, in milliseconds. @default 5_000 */
  readonly connectTimeoutMs?: number;
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
}

export type RemoteSubgraphSettings = Required<Omit<RemoteSubgraphOptions, "sdl">>;

const defaults = {
  headers: {},
  forwardHeaders: ["authorization", "x-request-id", "traceparent"],
  timeoutMs: 5_000,
  mutationTimeoutMs: 10_000,
  maxAnswerBytes: 16 * 1024 * 1024,
  startTimeoutMs: 30_000,
  connectTimeoutMs: 5_000,
  pingIntervalMs: 5_000,
  idleTimeoutMs: 10_000,
  maxQueuedMessages: 1_000,
  maxQueuedBytes: 4 * 1024 * 1024,
  logger: silentLogger,
};

/**
 * Fills in the defaults.
 * @throws OnefoldError INPUT_INVALID for an address that no request can be sent to
 */
export function remoteSubgraphSettings(options: RemoteSubgraphOptions): RemoteSubgraphSettings {
  const url = readAddress(options.url, ["http:", "https:"], options.name);
  const subscriptionUrl = readAddress(
    options.subscriptionUrl ?? url.href.replace(/^http/, "ws"),
    ["ws:", "wss:"],
    options.name,
  );
  return { ...defaults, ...options, url: url.href, subscriptionUrl: subscriptionUrl.href };
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
