/** Audiences: which requests may have one answer in common, as far as it depends on who asks. */
import type { OperationRequest } from "../operation-request.ts";
import type { SelectedOperation } from "../planning/select-operation.ts";
import { claimsText, decideAccess, openAccess, refuseIntrospection, type AccessDecision } from "./decide-access.ts";
import type { GuardedOperation } from "./guard-operation.ts";
import type { IntrospectionPolicy } from "./principal.ts";

export interface AccessAudience {
  /**
   * Equal texts for requests that may have the same answer to one operation with the same variables; with the decision to run
   * it by, so that both go by the same. Rejects as the principal's policies do.
   */
  audienceOf(request: OperationRequest): Promise<{ readonly audience: string; readonly access: AccessDecision }>;
}

export interface AudienceSource {
  readonly rules: object | undefined;
  readonly introspection: IntrospectionPolicy;
  /** The claims that subgraphs are told. */
  readonly readsClaims: readonly string[];
}

interface Read {
  readonly selected: SelectedOperation;
  readonly guarded: GuardedOperation | undefined;
}

const introspects = /\b__(schema|type)\b/;

/** Undefined where answers do not depend on who asks. @param read finds the operation of a request, unless it is in error */
export function createAudience(
  { rules, introspection, readsClaims }: AudienceSource,
  read: (request: OperationRequest) => Read | { readonly errors: unknown },
): AccessAudience | undefined {
  if (rules === undefined && readsClaims.length === 0 && introspection !== "authenticated") return undefined;
  return {
    async audienceOf(request) {
      const operation = read(request);
      if ("errors" in operation) return { audience: "", access: openAccess };
      const { guarded, selected } = operation;
      const { principal } = request.context;
      const access = await decideAccess(guarded, principal);
      const removed = guarded?.removed(access.unmet).join(",") ?? "";
      const isRefused = introspects.test(selected.text) && refuseIntrospection(introspection, principal) !== undefined;
      return { audience: `${removed} ${isRefused} ${claimsText(readsClaims, principal)}`, access };
    },
  };
}
