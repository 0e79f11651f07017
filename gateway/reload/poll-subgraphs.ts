/** Asks subgraphs again and again what they offer: where one has changed, they are composed anew. */
import { composeSubgraphs } from "../compose.ts";
import type { GatewayLogger } from "../gateway-logger.ts";
import type { RemoteSubgraph } from "../transport/create-remote-subgraph.ts";

export interface PolledSubgraph {
  readonly subgraph: Pick<RemoteSubgraph, "name" | "sdl" | "refresh">;
  /** Of its GraphQL endpoint. */
  readonly url: string;
}

export interface SubgraphPoll {
  readonly subgraphs: readonly PolledSubgraph[];
  /** From the end of one round to the start of the next, in milliseconds. */
  readonly everyMs: number;
  readonly onText: (supergraphSdl: string) => unknown;
  /** They do not compose as they are now. */
  readonly onFault: (error: unknown) => void;
  readonly logger: GatewayLogger;
}

/**
 * The supergraph names the subgraphs' addresses, so that it says the same as one composed elsewhere.
 * @throws OnefoldError COMPOSITION_FAILED
 */
export function composePolled(subgraphs: readonly PolledSubgraph[]): string {
  return composeSubgraphs(subgraphs.map(({ subgraph: { name, sdl }, url }) => ({ name, sdl, url })));
}

/** A subgraph that is away is taken as it was, and said once. Dispose to stop. */
export function pollSubgraphs({ subgraphs, everyMs, onText, onFault, logger }: SubgraphPoll): Disposable {
  const away = new Set<string>();
  let isOver = false;
  let timer: NodeJS.Timeout;

  const refresh = async ({ subgraph }: PolledSubgraph): Promise<boolean> => {
    const { name } = subgraph;
    try {
      const hasChanged = await subgraph.refresh();
      if (away.delete(name)) logger.info({ subgraph: name }, "A subgraph tells again what it offers.");
      return hasChanged;
    } catch (error) {
      if (!isOver && !away.has(name)) {
        logger.warn({ err: error, subgraph: name }, "A subgraph does not tell what it offers; it is taken as it was.");
      }
      away.add(name);
      return false;
    }
  };
  const poll = async (): Promise<void> => {
    const changed = await Promise.all(subgraphs.map(refresh));
    if (isOver || !changed.includes(true)) return;
    try {
      await onText(composePolled(subgraphs));
    } catch (error) {
      onFault(error);
    }
  };
  const plan = (): void => {
    if (!isOver) timer = setTimeout(() => void poll().finally(plan), everyMs);
  };
  plan();
  return {
    [Symbol.dispose]() {
      isOver = true;
      clearTimeout(timer);
    },
  };
}
