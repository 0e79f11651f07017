/** Conditions that fields set to who asks for them: what @authenticated, @requiresScopes and @policy say. */
import { Kind, type ConstDirectiveNode, type ConstValueNode } from "graphql";
import type { Principal } from "./principal.ts";

/** `anyOf`: lists of names, of which one must be had whole. */
export type Condition =
  | { readonly kind: "authenticated"; readonly key: string }
  | { readonly kind: "scopes" | "policies"; readonly key: string; readonly anyOf: readonly (readonly string[])[] };

/** Equal for equal conditions, in any supergraph. */
export type ConditionKey = Condition["key"];

export const authenticated: Condition = { kind: "authenticated", key: "authenticated" };

/** The condition of a directive whose only argument is a list of lists of names. */
export function listCondition(kind: "scopes" | "policies", directive: ConstDirectiveNode): Condition {
  const anyOf = items(directive.arguments?.find((argument) => argument.name.value === kind)?.value).map((all) =>
    items(all).flatMap((one) => (one.kind === Kind.STRING ? [one.value] : [])),
  );
  return { kind, key: `${kind} ${JSON.stringify(anyOf)}`, anyOf };
}

function items(value: ConstValueNode | undefined): readonly ConstValueNode[] {
  if (value === undefined) return [];
  // GraphQL takes a single value for a list of it.
  return value.kind === Kind.LIST ? value.values : [value];
}

/** Keys of the conditions that a principal does not meet. Policies are asked for together. */
export function unmetConditions(
  conditions: readonly Condition[],
  principal: Principal | null,
): ReadonlySet<ConditionKey> | Promise<ReadonlySet<ConditionKey>> {
  const names = new Set(conditions.flatMap((one) => (one.kind === "policies" ? one.anyOf.flat() : [])));
  const held = names.size === 0 ? [] : (principal?.policies?.([...names]) ?? []);
  if (!(held instanceof Promise)) return unmet(conditions, principal, held);
  return held.then((policies) => unmet(conditions, principal, policies));
}

function unmet(
  conditions: readonly Condition[],
  principal: Principal | null,
  policies: readonly string[],
): ReadonlySet<ConditionKey> {
  const had = { scopes: new Set(principal?.scopes), policies: new Set(policies) };
  const isMet = (condition: Condition): boolean => {
    if (condition.kind === "authenticated") return principal !== null && principal.claims !== null;
    const names = had[condition.kind];
    return condition.anyOf.some((all) => all.every((name) => names.has(name)));
  };
  return new Set(conditions.filter((condition) => !isMet(condition)).map(({ key }) => key));
}
