/** What remote subgraphs are opened with, out of the settings. */
import type { RemoteSubgraphOptions } from "../../gateway/transport/remote-subgraph-options.ts";
import type { Settings } from "./config-schema.ts";
import { plainCertificates, plainSecret } from "./store-options.ts";

export interface RemoteSubgraph {
  readonly url: string;
  /** WebSocket. */
  readonly subscriptions: string;
  readonly options: Omit<RemoteSubgraphOptions, "name" | "url" | "subscriptionUrl" | "sdl" | "logger">;
}

type SubgraphSetting = Settings["subgraphs"][string];

/** Claims of all subgraphs give way to those of one. */
export function remoteSubgraphs({ subgraphs, authorization }: Settings): Readonly<Record<string, RemoteSubgraph>> {
  return Object.fromEntries(
    Object.entries(subgraphs).map(([name, setting]) => [
      name,
      remoteSubgraph({ ...setting, claimHeaders: { ...authorization.claimHeaders, ...setting.claimHeaders } }),
    ]),
  );
}

function remoteSubgraph({ url, subscriptions, ...setting }: SubgraphSetting): RemoteSubgraph {
  const { headers, removeHeaders, compression, tls, errors, ...plain } = setting;
  return {
    url,
    subscriptions: subscriptions ?? url.replace(/^http/, "ws"),
    options: {
      ...plain,
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, plainSecret(value)])),
      ...(removeHeaders === undefined ? {} : { removeHeaders }),
      ...(compression === undefined ? {} : { compression }),
      ...(tls === undefined ? {} : { tls: subgraphTls(tls) }),
      errors: { mask: errors.mask, ...(errors.extensions === undefined ? {} : { extensions: errors.extensions }) },
    },
  };
}

function subgraphTls({
  servername,
  rejectUnauthorized,
  ...certificates
}: NonNullable<SubgraphSetting["tls"]>): NonNullable<RemoteSubgraphOptions["tls"]> {
  return {
    ...plainCertificates(certificates),
    ...(servername === undefined ? {} : { servername }),
    rejectUnauthorized,
  };
}
