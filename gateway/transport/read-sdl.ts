/** Reads a remote subgraph's federation SDL from `_service`, once or until it answers. */
import { setTimeout as wait } from "node:timers/promises";
import { OnefoldError } from "../../schema/errors.ts";
import { withDeadline } from "../execution/deadline.ts";
import { isJsonObject } from "../execution/execution-state.ts";
import type { HttpClient } from "./http-client.ts";
import { HttpExchange } from "./http-exchange.ts";
import { createPostHeaders } from "./post-headers.ts";
import { readResult } from "./read-result.ts";
import type { RemoteSubgraphSettings } from "./remote-subgraph-options.ts";
import { cancelled, reasonOf, systemCauseOf, TransportFailure } from "./transport-failure.ts";

/** Between attempts, in milliseconds; each pause is twice the one before, up to the longest. */
const firstPauseMs = 100;
const longestPauseMs = 2_000;

const sdlRequest = JSON.stringify({ query: "{ _service { sdl } }" });

export interface SdlSource {
  readonly settings: RemoteSubgraphSettings;
  readonly client: HttpClient;
}

/**
 * Tries again until the subgraph answers with SDL; no attempt begins later than `startTimeoutMs` after the first. If there
 * is none in the end, the client is closed.
 * @throws OnefoldError SUBGRAPH_UNAVAILABLE with why the last attempt failed, or when the signal aborts
 */
export async function readFirstSdl(source: SdlSource, signal?: AbortSignal): Promise<string> {
  const { name, logger, startTimeoutMs } = source.settings;
  const end = Date.now() + startTimeoutMs;
  let told = "";
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    try {
      return await attempt(source, signal);
    } catch (error) {
      if (signal?.aborted === true || Date.now() + pauseMs >= end) {
        source.client.close();
        throw unreadable(source.settings, error);
      }
      const reason = reasonOf(error);
      const cause = systemCauseOf(error);
      // Said once: a subgraph that starts beside the gateway is waited for as a matter of course.
      if (reason !== told)
        logger.warn({ subgraph: name, cause }, `Waiting for the SDL of the subgraph "${name}": ${reason}.`);
      told = reason;
    }
    await wait(pauseMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}

/**
 * One attempt, which the circuit neither stops nor counts.
 * @throws OnefoldError SUBGRAPH_UNAVAILABLE
 */
export async function readSdl(source: SdlSource, signal?: AbortSignal): Promise<string> {
  try {
    return await attempt(source, signal);
  } catch (error) {
    throw unreadable(source.settings, error);
  }
}

async function attempt({ settings, client }: SdlSource, signal: AbortSignal | undefined): Promise<string> {
  const exchange = new HttpExchange(settings.maxAnswerBytes);
  const ask = (aborted: AbortSignal): Promise<unknown> => {
    aborted.addEventListener("abort", () => exchange.cancel(cancelled()));
    client.post({ headers: createPostHeaders(settings)(undefined).list, body: sdlRequest }, exchange);
    return exchange.json;
  };
  const json = await withDeadline(ask, settings.timeoutMs, signal);
  const { data, errors } = readResult(json, settings.errors);
  const service = data?.["_service"];
  const sdl = isJsonObject(service) ? service["sdl"] : undefined;
  if (typeof sdl === "string" && sdl.trim() !== "") return sdl;
  throw new TransportFailure(`it gives no SDL (${errors?.[0]?.message ?? "_service.sdl is empty"})`);
}

/** For operators: unlike clients, they are told the address. */
function unreadable({ name, url }: RemoteSubgraphSettings, cause: unknown): OnefoldError {
  const { origin, pathname } = new URL(url);
  const system = systemCauseOf(cause);
  const why = `${reasonOf(cause)}${system === undefined ? "" : ` (${system})`}`;
  const message = `The SDL of the subgraph "${name}" could not be read from ${origin}${pathname}: ${why}.`;
  const remedy =
    "Start that subgraph, mend its address in the configuration, or configure its SDL; it must answer { _service { sdl } }.";
  return new OnefoldError("SUBGRAPH_UNAVAILABLE", message, { cause, remedy });
}
