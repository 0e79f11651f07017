/** What the gateway finds out who asks with, by the settings; its keys are kept fresh until it is closed. */
import { openJwtHook } from "../../gateway/authorization/open-jwt-hook.ts";
import type { GatewayOptions } from "../../gateway/server/gateway-options.ts";
import type { AuthorizationConfig } from "../config/authorization-options.ts";
import type { OpenedResources } from "../profiles/opened-resources.ts";
import type { InstanceLogger } from "./create-instance-logger.ts";

export interface Authorization {
  readonly options: Pick<
    GatewayOptions,
    "authorize" | "introspection" | "rejectUnauthorized" | "requireAuthentication"
  >;
  /** What an operator should know. */
  warnings(): readonly string[];
}

export interface AuthorizationDeps {
  readonly logger: InstanceLogger;
  readonly signal?: AbortSignal;
  readonly opened: OpenedResources;
}

/**
 * Waits for the keys.
 * @throws OnefoldError KEYS_UNAVAILABLE, INPUT_INVALID
 */
export async function openAuthorization(
  { jwt, introspection, rejectUnauthorized, requireAuthentication }: AuthorizationConfig,
  { logger, signal, opened }: AuthorizationDeps,
): Promise<Authorization> {
  const common = { introspection, rejectUnauthorized, requireAuthentication };
  if (jwt === null) return { options: common, warnings: () => [] };
  const hook = opened.use(await openJwtHook({ ...jwt, logger }, signal));
  const open = [
    ...(jwt.issuers === undefined ? ["issuers"] : []),
    ...(jwt.audiences === undefined ? ["audiences"] : []),
  ];
  if (open.length > 0) {
    logger.warn({ settings: open }, "Tokens of any issuer, or for any audience, are taken that the keys have signed.");
  }
  return { options: { ...common, authorize: hook.authorize }, warnings: () => hook.warnings() };
}
