/** How to reach Redis: one server, or the nodes of a cluster. */

export interface RedisOptions {
  /** One server, or some nodes of the cluster; the others are found from there. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly cluster: boolean;
  /** Part of every key and channel, so that several instances can share a server. @default "onefold" */
  readonly namespace?: string;
  readonly username?: string;
  readonly password?: string;
  /** PEM texts; true: the system's certificate authorities. */
  readonly tls?: boolean | { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** A command that has no answer by then fails. @default 5,000 ms */
  readonly commandTimeoutMs?: number;
}
