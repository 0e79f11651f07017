/** The HTTP routes of an instance beside the graph's: `POST /ingest/<source>`. */
import { createHttpPush, createPushSource, isPushPath } from "../../ingest/sources/push/index.ts";
import { createOriginPolicy } from "../../gateway/server/cors.ts";
import type { Routes } from "../../gateway/server/gateway-options.ts";
import type { Engine } from "../profiles/engine.ts";

export interface RouteOptions {
  readonly corsOrigins: readonly string[] | null;
  readonly onFault: (error: unknown) => void;
}

export function createInstanceRoutes(engine: Engine, { corsOrigins, onFault }: RouteOptions): Routes {
  const source = createPushSource({ ...pushDeps(engine), onFault });
  const policy = createOriginPolicy(corsOrigins ?? undefined);
  const [forAllowed, forOthers] = [createHttpPush(source, { allowOrigin: () => true }), createHttpPush(source)];
  return async (request, response) => {
    if (!isPushPath(request.url ?? "")) return false;
    await (policy.allows(request) ? forAllowed : forOthers)(request, response);
    return true;
  };
}

function pushDeps({ log, platform, standardizer, clock }: Engine): Parameters<typeof createPushSource>[0] {
  return { log, platform, standardizer, clock };
}
