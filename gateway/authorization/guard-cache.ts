/** The guarded fields of operations, found once for each text and values of @skip and @include. */
import type { GraphQLSchema } from "graphql";
import { LruCache } from "../planning/lru-cache.ts";
import { resolveSelections } from "../planning/resolve-selections.ts";
import type { SelectedOperation } from "../planning/select-operation.ts";
import type { AccessRules } from "./access-rules.ts";
import { guardOperation, type GuardedOperation } from "./guard-operation.ts";

/** Undefined for an operation that everyone may have whole. */
export type GuardOf = (
  selected: SelectedOperation,
  variables: Readonly<Record<string, unknown>>,
) => GuardedOperation | undefined;

const unguarded: GuardOf = () => undefined;

export function createGuardCache(
  { schema, rules }: { readonly schema: GraphQLSchema; readonly rules: AccessRules | undefined },
  maxEntries: number,
): GuardOf {
  if (rules === undefined) return unguarded;
  const cache = new LruCache<{ readonly guarded: GuardedOperation | undefined }>(maxEntries);
  return (selected, variables) => {
    const bits = conditionBits(selected, variables);
    const key = bits === "" ? selected.text : `${bits}\n${selected.text}`;
    let known = cache.get(key);
    if (known === undefined) {
      const root = schema.getRootType(selected.operation.operation);
      const selections = resolveSelections(selected, variables);
      known = { guarded: root == null ? undefined : guardOperation({ schema, rules, root }, selections) };
      cache.set(key, known);
    }
    return known.guarded;
  };
}

/** The values of the variables that @skip and @include depend on; "" where there are none. */
export function conditionBits(
  { conditionVariables }: SelectedOperation,
  variables: Readonly<Record<string, unknown>>,
): string {
  return conditionVariables.map((name) => (variables[name] === true ? "1" : "0")).join("");
}
