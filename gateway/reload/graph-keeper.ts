/** Keeps a graph of remote subgraphs up to date: a supergraph that can be served replaces the one that serves, another is refused. */
import { setTimeout as sleep } from "node:timers/promises";
import type { GatewayLogger } from "../gateway-logger.ts";
import type { GatewayMonitor } from "../gateway-monitor.ts";
import type { GenerationOptions } from "../generation.ts";
import { ServingGraph } from "../serving-graph.ts";
import { readSubgraphs, type SupergraphSubgraph } from "../supergraph-subgraphs.ts";
import type { RemoteSubgraphOptions } from "../transport/remote-subgraph-options.ts";
import { createCheckedGeneration } from "./create-checked-generation.ts";
import { leaseGeneration, type LeasedGeneration } from "./lease-generation.ts";
import { SubgraphShelf } from "./subgraph-shelf.ts";

export interface GraphKeeperOptions {
  /** How a subgraph is reached, by its name and its address in the supergraph. */
  readonly optionsOf: (subgraph: SupergraphSubgraph) => RemoteSubgraphOptions;
  readonly settings: Omit<GenerationOptions, "supergraphSdl" | "subgraphs" | "logger" | "monitor">;
  readonly logger: GatewayLogger;
  readonly monitor?: GatewayMonitor | undefined;
  /** How long a generation without operations is kept once another serves, in milliseconds. @default 1_000 */
  readonly lingerMs?: number;
  /** How long a new generation may prepare frequent operations before it serves, in milliseconds. @default 5_000 */
  readonly warmingMs?: number;
}

/** `served`: it serves from now on. `same`: it served already. `refused`: what served before goes on. */
export type Offered = "served" | "same" | "refused";

interface Serving {
  readonly leased: LeasedGeneration;
  /** Names. */
  readonly subgraphs: readonly string[];
  readonly release: () => void;
}

export class GraphKeeper {
  readonly graph: ServingGraph;
  readonly #options: GraphKeeperOptions;
  readonly #shelf: SubgraphShelf;
  /** Lets go of a generation that is drained, whoever still uses it. */
  readonly #draining = new Set<() => void>();
  #serving: Serving;
  #refusal: string | null = null;
  #offering: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  /** @throws OnefoldError SUPERGRAPH_INVALID, INPUT_INVALID: there is nothing to serve instead */
  static async open(supergraphSdl: string, options: GraphKeeperOptions): Promise<GraphKeeper> {
    const shelf = new SubgraphShelf();
    return new GraphKeeper(await prepare(supergraphSdl, shelf, options), shelf, options);
  }

  private constructor(first: Serving, shelf: SubgraphShelf, options: GraphKeeperOptions) {
    this.#serving = first;
    this.#shelf = shelf;
    this.#options = options;
    this.graph = new ServingGraph(first.leased.generation);
  }

  /** Why the last supergraph that was offered does not serve; null when it does. */
  get refusal(): string | null {
    return this.#refusal;
  }

  /** Names of the subgraphs of the graph that serves. */
  get subgraphs(): readonly string[] {
    return this.#serving.subgraphs;
  }

  /** Takes supergraph SDL in the order that it is offered in. Never rejects. */
  offer(supergraphSdl: string): Promise<Offered> {
    const offered = this.#offering.then(() => this.#take(supergraphSdl));
    this.#offering = offered;
    return offered;
  }

  /** Notes that there was nothing to offer: a file that cannot be read, subgraphs that do not compose. Said once while it lasts. */
  refuse(error: unknown): void {
    if (!this.#isClosed && reasonOf(error) !== this.#refusal) this.#note(error);
  }

  /** Closes planners, and connections to all subgraphs, also those of streams that are still open. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#serving.release();
    for (const leave of this.#draining) leave();
  }

  async #take(supergraphSdl: string): Promise<Offered> {
    if (supergraphSdl === this.graph.current.supergraphSdl) {
      if (this.#refusal !== null) this.#options.logger.info({}, "The supergraph that serves is offered again.");
      this.#refusal = null;
      return "same";
    }
    let next: Serving | undefined;
    try {
      next = await prepare(supergraphSdl, this.#shelf, this.#options);
      await this.#warm(next);
      if (this.#isClosed) throw new Error("The gateway is closed.");
      this.#serve(next);
    } catch (error) {
      next?.release();
      this.#note(error);
      return "refused";
    }
    return "served";
  }

  /** The generation that serves goes on serving meanwhile. */
  async #warm({ leased }: Serving): Promise<void> {
    const over = new AbortController();
    const limit = sleep(this.#options.warmingMs ?? 5_000, undefined, { signal: over.signal }).catch(() => undefined);
    await Promise.race([leased.generation.warm(this.graph.current.frequentOperations()), limit]);
    over.abort();
  }

  #serve(next: Serving): void {
    const before = this.#serving;
    this.graph.swap(next.leased.generation);
    this.#serving = next;
    this.#refusal = null;
    const leave = before.leased.retire(() => {
      this.#draining.delete(leave);
      before.release();
    });
    this.#draining.add(leave);
    this.#options.logger.info({ subgraphs: next.subgraphs }, "A new supergraph serves.");
    this.#options.monitor?.reloaded?.("served");
  }

  #note(error: unknown): void {
    if (this.#isClosed) return;
    const reason = reasonOf(error);
    this.#refusal = reason;
    this.#options.logger.error({ reason }, "A new supergraph is refused; the one before goes on serving.");
    this.#options.monitor?.reloaded?.("refused");
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function prepare(
  supergraphSdl: string,
  shelf: SubgraphShelf,
  { optionsOf, settings, logger, monitor, lingerMs = 1_000 }: GraphKeeperOptions,
): Promise<Serving> {
  const wanted = readSubgraphs(supergraphSdl).map(optionsOf);
  const { subgraphs, release } = await shelf.take(wanted);
  try {
    const generation = await createCheckedGeneration({ ...settings, supergraphSdl, subgraphs, logger, monitor });
    const leased = leaseGeneration(generation, lingerMs);
    const releaseAll = (): void => {
      generation.close();
      release();
    };
    return { leased, subgraphs: wanted.map(({ name }) => name), release: releaseAll };
  } catch (error) {
    release();
    throw error;
  }
}
