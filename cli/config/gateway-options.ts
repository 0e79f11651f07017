/** What the gateway is opened with, out of the settings. */
import { resolve } from "node:path";
import type { GatewayOptions } from "../../gateway/server/gateway-options.ts";
import type { LoadedSettings } from "./load-settings.ts";

export interface GatewayTuning {
  readonly options: Pick<GatewayOptions, Plain>;
  /** Absolute path of the list of trusted documents; null: any document runs. */
  readonly trustedDocuments: string | null;
}

type Plain =
  | "allowSimpleGet"
  | "maxBodyBytes"
  | "compressFromBytes"
  | "maxTokens"
  | "maxDepth"
  | "maxFields"
  | "planCacheSize"
  | "shareQueries"
  | "shareSubscriptions"
  | "fetchTimeoutMs"
  | "closeTimeoutMs"
  | "maxSockets"
  | "maxSocketOperations"
  | "serverTiming"
  | "development"
  | "corsOrigins"
  | "uploads";

export function gatewayTuning({ settings, folderOf }: LoadedSettings): GatewayTuning {
  const { trustedDocuments, uploads, ...plain } = settings.gateway;
  const { enabled, ...limits } = uploads;
  const { corsOrigins } = settings.http;
  const path = ["gateway", "trustedDocuments"];
  return {
    options: { ...plain, ...(corsOrigins !== undefined && { corsOrigins }), ...(enabled && { uploads: limits }) },
    trustedDocuments: trustedDocuments === undefined ? null : resolve(folderOf(path), trustedDocuments),
  };
}
