/** Where a library's graph comes from: its first supergraph SDL, and what finds the next ones. */
import { OnefoldError } from "../../schema/errors.ts";
import type { GatewayLogger } from "../gateway-logger.ts";
import type { GraphKeeper } from "../reload/graph-keeper.ts";
import { composePolled, pollSubgraphs, type PolledSubgraph } from "../reload/poll-subgraphs.ts";
import { readWatchedFile } from "../reload/read-watched-file.ts";
import { watchFile } from "../reload/watch-file.ts";
import type { SupergraphSubgraph } from "../supergraph-subgraphs.ts";
import { createRemoteSubgraph, type RemoteSubgraph } from "../transport/create-remote-subgraph.ts";
import type { RemoteSubgraphOptions } from "../transport/remote-subgraph-options.ts";
import type { GraphOrigin } from "./library-options.ts";

export interface GraphSource {
  readonly supergraphSdl: string;
  /** Offers what comes next to the keeper, until it is disposed of. */
  watch(keeper: GraphKeeper): Disposable;
  /** Closes what only the source uses. */
  close(): void;
}

export interface GraphSourceOptions {
  readonly optionsOf: (subgraph: SupergraphSubgraph) => RemoteSubgraphOptions;
  readonly lookEveryMs: number | undefined;
  readonly logger: GatewayLogger;
  /** Ends the wait for subgraphs. */
  readonly signal: AbortSignal;
}

/** @throws OnefoldError INPUT_INVALID where there is not exactly one */
export function checkOrigin(origin: GraphOrigin): void {
  const given = [origin.supergraph, origin.supergraphFile, origin.subgraphs].filter((one) => one !== undefined);
  if (given.length === 1) return;
  throw new OnefoldError("INPUT_INVALID", `A gateway takes one graph, and was given ${given.length}.`, {
    remedy: "Give one of `supergraph`, `supergraphFile` and `subgraphs`.",
  });
}

/** @throws OnefoldError INPUT_INVALID, COMPOSITION_FAILED, SUBGRAPH_UNAVAILABLE */
export async function openGraphSource(origin: GraphOrigin, options: GraphSourceOptions): Promise<GraphSource> {
  const { supergraph, supergraphFile, subgraphs = [] } = origin;
  if (supergraphFile !== undefined) return openFile(supergraphFile, options.lookEveryMs ?? 250);
  return supergraph === undefined ? openSubgraphs(subgraphs, options) : openText(supergraph);
}

function openText(supergraphSdl: string): GraphSource {
  return { supergraphSdl, watch: () => ({ [Symbol.dispose]: () => undefined }), close: () => undefined };
}

async function openFile(path: string, everyMs: number): Promise<GraphSource> {
  const file = { what: "supergraph", path };
  const supergraphSdl = await readWatchedFile(file);
  return {
    supergraphSdl,
    watch: (keeper) => watchFile({ ...file, everyMs, ...offersTo(keeper) }, supergraphSdl),
    close: () => undefined,
  };
}

async function openSubgraphs(
  subgraphs: readonly SupergraphSubgraph[],
  { optionsOf, lookEveryMs = 5_000, logger, signal }: GraphSourceOptions,
): Promise<GraphSource> {
  const opened: RemoteSubgraph[] = [];
  const close = (): void => opened.splice(0).forEach((subgraph) => subgraph.close());
  const open = async ({ name, url }: SupergraphSubgraph): Promise<PolledSubgraph> => {
    const options = optionsOf({ name, url });
    const subgraph = await createRemoteSubgraph(options, signal);
    opened.push(subgraph);
    return { subgraph, url: options.url };
  };
  const asked = await Promise.allSettled(subgraphs.map(open));
  try {
    const polled = asked.map((one) => {
      if (one.status === "rejected") throw one.reason;
      return one.value;
    });
    return {
      supergraphSdl: composePolled(polled),
      watch: (keeper) => pollSubgraphs({ subgraphs: polled, everyMs: lookEveryMs, logger, ...offersTo(keeper) }),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

function offersTo(keeper: GraphKeeper) {
  return {
    onText: (supergraphSdl: string) => keeper.offer(supergraphSdl),
    onFault: (error: unknown) => keeper.refuse(error),
  };
}
