/** Identification: a door's request gets the principal that the authorisation hook names, or is refused. */
import { GraphQLError } from "graphql";
import type { ServerResponse } from "node:http";
import { isRefusal, unauthenticated } from "../authorization/principal.ts";
import { withDeadline } from "../execution/deadline.ts";
import type { GatewayLogger } from "../gateway-logger.ts";
import type { RequestContext } from "../subgraph-transport.ts";
import type { GatewaySettings } from "./gateway-options.ts";
import { sendErrors } from "./send-json.ts";

/** The same request with its principal, or the error that refuses it. Never rejects. */
export type Identify = (
  context: RequestContext,
  connectionParams?: Readonly<Record<string, unknown>>,
) => Promise<RequestContext | GraphQLError>;

type IdentifySettings = Pick<GatewaySettings, "authorize" | "authorizeTimeoutMs" | "requireAuthentication">;

/** Undefined without a hook: nobody is asked. */
export function createIdentify(
  { authorize, authorizeTimeoutMs, requireAuthentication }: IdentifySettings,
  logger: GatewayLogger,
): Identify | undefined {
  if (authorize === undefined) return undefined;
  return async (context, connectionParams) => {
    try {
      const ask = async () => authorize({ headers: context.headers, connectionParams });
      const principal = await withDeadline(ask, authorizeTimeoutMs, undefined);
      if (requireAuthentication && principal?.claims == null) return unauthenticated("Authentication is needed here.");
      const headers = principal?.headers;
      return { ...context, principal, ...(headers && { headers: { ...context.headers, ...headers } }) };
    } catch (error) {
      if (isRefusal(error)) return error;
      // Whatever is wrong with the hook, nothing runs without it.
      logger.error({ err: error, requestId: context.requestId }, "The authorisation hook failed.");
      const extensions = { code: "INTERNAL", requestId: context.requestId };
      return new GraphQLError("Something inside the gateway failed.", { extensions });
    }
  };
}

/**
 * Answers a request that is refused before anything of it was run, so that it is no answer of GraphQL's: the status says it
 * in any media type.
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-3
 */
export function sendUnidentified(response: ServerResponse, error: GraphQLError): void {
  const status = statusOfRefusal(error);
  if (status === 401) response.setHeader("www-authenticate", 'Bearer error="invalid_token"');
  response.setHeader("cache-control", "no-store");
  sendErrors(response, status, [error]);
}

function statusOfRefusal({ extensions }: GraphQLError): 401 | 403 | 500 {
  if (extensions["code"] === "UNAUTHENTICATED") return 401;
  return extensions["code"] === "FORBIDDEN" ? 403 : 500;
}
