/** Which settings of authorisation need or exclude each other. */
import type { LayeredValues } from "./check-settings.ts";
import type { ConfigMistake } from "./config-mistake.ts";
import { isSection, valueAt } from "./value-tree.ts";

const keySources = ["jwksUrl", "jwksFile", "publicKey", "secret"] as const;

export function checkAuthorization({ tree, originOf }: LayeredValues): readonly ConfigMistake[] {
  const section = ["authorization", "jwt"];
  const jwt = valueAt(tree, section);
  const mistake = (path: readonly string[], reason: string, remedy: string): ConfigMistake => ({
    ...{ origin: originOf(path), path: path.join("."), reason, remedy },
  });
  if (!isSection(jwt)) {
    const claims = ["authorization", "claimHeaders"];
    const policy = ["authorization", "introspection"];
    const needed = ["authorization", "requireAuthentication"];
    const reason = "is about who asks, and authorization.jwt is missing.";
    const wrong = [];
    if (isSection(valueAt(tree, claims))) wrong.push(claims);
    if (valueAt(tree, policy) === "authenticated") wrong.push(policy);
    if (valueAt(tree, needed) === true) wrong.push(needed);
    return wrong.map((path) => mistake(path, `${path.join(".")} ${reason}`, "Set authorization.jwt."));
  }
  const [first, ...others] = keySources.filter((name) => jwt[name] !== undefined);
  if (first === undefined) {
    const remedy = `Set one of ${keySources.join(", ")}.`;
    return [mistake(section, "authorization.jwt does not say where the keys for tokens are.", remedy)];
  }
  return others.map((name) =>
    mistake([...section, name], `authorization.jwt has ${first} and ${name}.`, "Leave one of the two."),
  );
}
