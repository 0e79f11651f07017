/** What one request may have of one operation, decided once: the conditions that its principal does not meet. */
import type { GraphQLError } from "graphql";
import type { GuardedOperation } from "./guard-operation.ts";
import { unmetConditions, type ConditionKey } from "./conditions.ts";
import { readClaim } from "./read-claim.ts";
import { forbidden, unauthenticated, type IntrospectionPolicy, type Principal } from "./principal.ts";

export interface AccessDecision {
  /** Of the operation's conditions, those that are not met. */
  readonly unmet: ReadonlySet<ConditionKey>;
}

/** Everyone may have all of it. */
export const openAccess: AccessDecision = { unmet: new Set() };

export function decideAccess(
  guarded: GuardedOperation | undefined,
  principal: Principal | null | undefined,
): AccessDecision | Promise<AccessDecision> {
  if (guarded === undefined) return openAccess;
  const unmet = unmetConditions(guarded.conditions, principal ?? null);
  return unmet instanceof Promise ? unmet.then((keys) => ({ unmet: keys })) : { unmet };
}

/** Why a principal may not introspect; undefined if it may. */
export function refuseIntrospection(
  policy: IntrospectionPolicy,
  principal: Principal | null | undefined,
): GraphQLError | undefined {
  if (policy === "allow") return undefined;
  if (policy === "forbid") return forbidden("Introspection is not allowed here.");
  return principal?.claims == null ? unauthenticated("Introspection needs authentication here.") : undefined;
}

/** Equal texts for principals whose claims are equal as far as these go. */
export function claimsText(paths: readonly string[], principal: Principal | null | undefined): string {
  return JSON.stringify(paths.map((path) => readClaim(principal?.claims ?? null, path) ?? null));
}
