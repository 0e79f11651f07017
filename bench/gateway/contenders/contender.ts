/** A gateway that takes part: how it is made ready, and how it is started with one kind of sharing. */

/**
 * What a gateway shares between requests that are under way at the same time: nothing, identical reads of subgraphs, or
 * identical queries of clients besides.
 */
export const tiers = ["none", "reads", "queries"] as const;
export type Tier = (typeof tiers)[number];

export interface Contender {
  readonly name: string;
  /** With its version. */
  readonly label: string;
  /** What it can be told to share, or does unasked. */
  readonly tiers: readonly Tier[];
  /** Installs what is missing. */
  prepare(): Promise<void>;
  command(site: ContenderSite): Promise<ContenderCommand>;
}

export interface ContenderSite {
  readonly tier: Tier;
  readonly port: number;
  /** A path. */
  readonly supergraph: string;
  /** An empty folder for what it needs written. */
  readonly folder: string;
}

export interface ContenderCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Of its GraphQL endpoint. */
  readonly path: string;
}
