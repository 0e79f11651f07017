/** What every gateway of the program is opened with: the settings, who watches it, who asks, and the documents that it trusts. */
import { watchTrustedDocuments } from "../../gateway/reload/watch-trusted-documents.ts";
import { gatewaySettings, type GatewaySettings, type Health } from "../../gateway/server/gateway-options.ts";
import type { ServeConfig } from "../config.ts";
import type { OpenedResources } from "../profiles/opened-resources.ts";
import type { Telemetry } from "../telemetry/open-telemetry.ts";
import type { InstanceLogger } from "./create-instance-logger.ts";
import { openAuthorization } from "./open-authorization.ts";

export interface GatewaySetup {
  readonly settings: GatewaySettings;
  /** The same health, with what an operator should know of tokens' keys and of trusted documents. */
  readonly withWarnings: (health: Health) => Health;
}

export interface GatewaySetupDeps {
  readonly telemetry: Telemetry;
  readonly logger: InstanceLogger;
  /** Ends the wait for keys. */
  readonly signal?: AbortSignal;
  readonly opened: OpenedResources;
}

/** How often the list of trusted documents is looked at. */
const LOOK_EVERY_MS = 250;

/**
 * Waits for the keys that tokens are checked with.
 * @throws OnefoldError KEYS_UNAVAILABLE; INPUT_INVALID for a list of trusted documents that cannot be read
 */
export async function openGatewaySetup(
  { gateway: { options, trustedDocuments: path }, authorization }: Pick<ServeConfig, "gateway" | "authorization">,
  { telemetry, logger, signal, opened }: GatewaySetupDeps,
): Promise<GatewaySetup> {
  const { gatewayMonitor: monitor } = telemetry;
  const asking = await openAuthorization(authorization, { logger, opened, ...(signal !== undefined && { signal }) });
  const known = { ...options, ...asking.options, ...(monitor !== undefined && { monitor }) };
  if (path === null) return { settings: gatewaySettings(known), withWarnings: warningsOf(() => asking.warnings()) };
  const watched = await watchTrustedDocuments({ path, everyMs: LOOK_EVERY_MS, logger, monitor });
  opened.use({ [Symbol.asyncDispose]: async () => watched[Symbol.dispose]() });
  return {
    settings: gatewaySettings({ ...known, trustedDocuments: watched.documents }),
    withWarnings: warningsOf(() => [...asking.warnings(), ...(watched.refusal === null ? [] : [watched.refusal])]),
  };
}

function warningsOf(read: () => readonly string[]): GatewaySetup["withWarnings"] {
  return (health) => {
    const warnings = health.status === "ok" ? read() : [];
    if (health.status !== "ok" || warnings.length === 0) return health;
    return { ...health, warnings: [...(health.warnings ?? []), ...warnings] };
  };
}
