/** Live sample traffic of a running instance, from the generator straight into the log. */
import { runGenerator, scriptedSources } from "../../ingest/generator/index.ts";
import type { Engine } from "../profiles/engine.ts";
import type { InstanceLogger } from "./create-instance-logger.ts";

/** The sample world: the same people, shops and items at each start. */
const SEED = 1;

/** Null where the declared domains are not the sample's. A fault ends the traffic, not the instance. */
export function startLiveTraffic(
  { log, platform, clock }: Engine,
  { rate, logger }: { readonly rate: number; readonly logger: InstanceLogger },
): AsyncDisposable | null {
  if (scriptedSources(platform).length === 0) return null;
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = runGenerator(
    { log, platform, clock, signal },
    { seed: SEED, events: null, ratePerSecond: rate },
  ).catch((error: unknown) => logger.error({ err: error }, "Live sample traffic has ended."));
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await running;
    },
  };
}
