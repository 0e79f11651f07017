/** Remote subgraphs of a graph that changes: one that stays as it is keeps its connections, one that nobody needs is closed. */
import { createRemoteSubgraph, type RemoteSubgraph } from "../transport/create-remote-subgraph.ts";
import type { RemoteSubgraphOptions } from "../transport/remote-subgraph-options.ts";

interface Kept {
  readonly subgraph: Promise<RemoteSubgraph>;
  /** Generations that use it. */
  users: number;
}

export class SubgraphShelf {
  readonly #kept = new Map<string, Kept>();

  /**
   * Takes subgraphs for one generation; `release` gives them back.
   * @throws OnefoldError INPUT_INVALID for an address that is none
   */
  async take(
    wanted: readonly RemoteSubgraphOptions[],
  ): Promise<{ readonly subgraphs: readonly RemoteSubgraph[]; readonly release: () => void }> {
    const taken = wanted.map((options) => this.#use(options));
    const release = (): void => {
      for (const kept of taken.splice(0)) this.#leave(kept);
    };
    try {
      return { subgraphs: await Promise.all(taken.map(({ subgraph }) => subgraph)), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  #use(options: RemoteSubgraphOptions): Kept {
    // The text of a supergraph is not asked of its subgraphs.
    const open = (): Kept => ({ subgraph: createRemoteSubgraph({ sdl: "", ...options }), users: 0 });
    const key = `${options.name} ${options.url}`;
    const kept = this.#kept.get(key) ?? open();
    kept.users++;
    this.#kept.set(key, kept);
    return kept;
  }

  #leave(kept: Kept): void {
    kept.users--;
    if (kept.users > 0) return;
    for (const [key, each] of this.#kept) if (each === kept) this.#kept.delete(key);
    void kept.subgraph.then((subgraph) => subgraph.close()).catch(() => undefined);
  }
}
