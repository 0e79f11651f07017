/** Keeps a graph of remote subgraphs up to date: a supergraph that can be served replaces the one that serves, another is refused. */
import type { GatewayLogger } from "../gateway-logger.ts";
import type { GatewayMonitor } from "../gateway-monitor.ts";
import { createGeneration, type Generation, type GenerationOptions } from "../generation.ts";
import { ServingGraph } from "../serving-graph.ts";
import { readSubgraphs, type SupergraphSubgraph } from "../supergraph-subgraphs.ts";
import { OnefoldError } from "../../schema/errors.ts";
import type { RemoteSubgraphOptions } from "../transport/remote-subgraph-options.ts";
import { leaseGeneration, type LeasedGeneration } from "./lease-generation.ts";
import { SubgraphShelf } from "./subgraph-shelf.ts";

export interface GraphKeeperOptions {
  /** How a subgraph is reached, by its name and its address in the supergraph. */
  readonly optionsOf: (subgraph: SupergraphSubgraph) => RemoteSubgraphOptions;
  readonly settings: Omit<GenerationOptions, "supergraphSdl" | "subgraphs" | "logger" | "monitor">;
  readonly logger: GatewayLogger;
  readonly monitor?: GatewayMonitor | undefined;
}

/** `served`: it serves from now on. `same`: it served already. `refused`: what served before goes on. */
export type Offered = "served" | "same" | "refused";

interface Serving {
  readonly leased: LeasedGeneration;
  readonly release: () => void;
}

export class GraphKeeper {
  readonly graph: ServingGraph;
  readonly #options: GraphKeeperOptions;
  readonly #shelf: SubgraphShelf;
  #serving: Serving;
  #refusal: string | null = null;
  #offering: Promise<unknown> = Promise.resolve();

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

  /** Takes supergraph SDL in the order that it is offered in. Never rejects. */
  offer(supergraphSdl: string): Promise<Offered> {
    const offered = this.#offering.then(() => this.#take(supergraphSdl));
    this.#offering = offered;
    return offered;
  }

  /** Notes that there was nothing to offer: a file that cannot be read, subgraphs that do not compose. */
  refuse(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    // Said once, however often it is tried again.
    if (reason === this.#refusal) return;
    this.#refusal = reason;
    this.#options.logger.error({ reason }, "A new supergraph is refused; the one before goes on serving.");
    this.#options.monitor?.reloaded("refused");
  }

  /** Closes connections to all subgraphs. */
  close(): void {
    this.#serving.release();
  }

  async #take(supergraphSdl: string): Promise<Offered> {
    if (supergraphSdl === this.graph.current.supergraphSdl) {
      this.#refusal = null;
      return "same";
    }
    try {
      const next = await prepare(supergraphSdl, this.#shelf, this.#options);
      await next.leased.generation.warm(this.graph.current.frequentOperations());
      const before = this.#serving;
      this.#serving = next;
      this.graph.swap(next.leased.generation);
      before.leased.retire(before.release);
    } catch (error) {
      this.refuse(error);
      return "refused";
    }
    this.#refusal = null;
    this.#options.logger.info({}, "A new supergraph serves.");
    this.#options.monitor?.reloaded("served");
    return "served";
  }
}

async function prepare(
  supergraphSdl: string,
  shelf: SubgraphShelf,
  { optionsOf, settings, logger, monitor }: GraphKeeperOptions,
): Promise<Serving> {
  const { subgraphs, release } = await shelf.take(readSubgraphs(supergraphSdl).map(optionsOf));
  try {
    const generation = generationOf({ ...settings, supergraphSdl, subgraphs, logger, monitor });
    return { leased: leaseGeneration(generation), release };
  } catch (error) {
    release();
    throw error;
  }
}

function generationOf(options: GenerationOptions): Generation {
  try {
    return createGeneration(options);
  } catch (cause) {
    if (cause instanceof OnefoldError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OnefoldError("SUPERGRAPH_INVALID", `The supergraph cannot be served: ${why}`, { cause });
  }
}
