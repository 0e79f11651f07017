/** How to reach ClickHouse: one server, or the servers of a cluster. */

export interface ClickHouseOptions {
  /** Of the HTTP interface: `http://host:8123`. In a cluster the server that queries and DDL go to. */
  readonly url: string;
  /** Made if it is absent. */
  readonly database: string;
  readonly username?: string;
  readonly password?: string;
  /** A request that has no answer by then fails, whether it was sent or waited for its turn. @default 30,000 ms */
  readonly requestTimeoutMs?: number;
  /** PEM texts, where the URL is `https:` and the system's certificate authorities do not do. */
  readonly tls?: ClickHouseTls;
  /**
   * Gzips the rows of inserts: half as much processor time again a row, for links that are slow or paid by the byte.
   * @default false
   */
  readonly compressInserts?: boolean;
  /** Null: one server has all rows. */
  readonly cluster: ClickHouseCluster | null;
}

export interface ClickHouseTls {
  readonly ca: string;
  /** Both or none. */
  readonly cert?: string;
  readonly key?: string;
}

/** A cluster as the servers' configuration names it. Rows are spread by key: another number of shards needs a replay. */
export interface ClickHouseCluster {
  readonly name: string;
  /** Per shard the URLs of its replicas: rows go to the first that can be reached. At most 64 shards. */
  readonly shards: readonly (readonly [string, ...string[]])[];
}
