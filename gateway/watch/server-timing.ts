/** Where the time of an operation went, as a `Server-Timing` header, which browsers show beside the request. */
import type { OperationRecord } from "./operation-record.ts";

/** So many reads of subgraphs are told; a header is no log. */
const maxFetches = 20;

/**
 * Durations in milliseconds: the stages, then each read of a subgraph, which may have run beside others.
 * @see https://www.w3.org/TR/server-timing/
 */
export function formatServerTiming({ ms, totalMs, fetches, isPlanKnown, isShared }: OperationRecord): string {
  const plan = isPlanKnown === true ? "known" : undefined;
  const stages = [
    entry("parse", ms.parse),
    entry("plan", ms.plan, plan),
    entry("fetch", ms.fetch, isShared ? "shared" : undefined),
    entry("write", ms.write),
    entry("total", totalMs),
  ];
  const reads = fetches.slice(0, maxFetches).map((fetch) => entry("subgraph", fetch.ms, fetch.subgraph));
  return [...stages, ...reads].join(", ");
}

/** @param description of any characters that a header takes */
function entry(name: string, ms: number, description?: string): string {
  const duration = `${name};dur=${ms.toFixed(2)}`;
  return description === undefined ? duration : `${duration};desc="${description.replaceAll(/[^\w .:-]/g, "_")}"`;
}
