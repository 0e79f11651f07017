/** Which supergraphs this gateway can honour: whatever else one needs is refused by name, never passed over. */
import type { DocumentNode } from "graphql";
import { OnefoldError } from "../schema/errors.ts";
import { contextProblems } from "./planning/context-rules.ts";
import { listLinks, type Link } from "./supergraph-links.ts";

const apollo = "https://specs.apollo.dev";

/** Versions that are understood, by specification. Join before v0.3 leaves out what planning must know. */
const understood = new Map<string, readonly string[]>([
  [`${apollo}/link`, ["v1.0"]],
  [`${apollo}/core`, ["v0.1", "v0.2"]],
  [`${apollo}/join`, ["v0.3", "v0.4", "v0.5"]],
  [`${apollo}/inaccessible`, ["v0.1", "v0.2"]],
  [`${apollo}/tag`, ["v0.1", "v0.2", "v0.3"]],
  [`${apollo}/cost`, ["v0.1"]],
  [`${apollo}/context`, ["v0.1"]],
]);

/** Specifications that an authorisation hook enforces. */
const authorisation = new Map<string, string>([
  [`${apollo}/authenticated`, "@authenticated"],
  [`${apollo}/requiresScopes`, "@requiresScopes"],
  [`${apollo}/policy`, "@policy"],
]);

export interface SupportOptions {
  /** Whether an authorisation hook enforces the directives that say who may read what. @default false */
  readonly authorises?: boolean;
}

/**
 * Refuses a supergraph that says more than the gateway can do. `@tag` is accepted and has no effect; a specification that
 * nobody knows is accepted if it is linked for neither security nor execution.
 * @see https://specs.apollo.dev/link/v1.0/#enum-link__Purpose
 * @throws OnefoldError SUPERGRAPH_UNSUPPORTED, naming every reason, one a line
 */
export function checkSupport(supergraph: DocumentNode, options: SupportOptions = {}): void {
  const links = listLinks(supergraph);
  const reasons = links.flatMap((link) => refusal(link, options) ?? []);
  reasons.push(...contextProblems(supergraph));
  if (!links.some(({ identity }) => identity === `${apollo}/join`)) {
    reasons.push(`It links no version of ${apollo}/join, so it is no supergraph.`);
  }
  if (reasons.length === 0) return;
  const list = reasons.map((reason) => `- ${reason}`).join("\n");
  throw new OnefoldError("SUPERGRAPH_UNSUPPORTED", `The supergraph cannot be served:\n${list}`);
}

function refusal({ identity, url, version, purpose }: Link, options: SupportOptions): string | undefined {
  const guard = authorisation.get(identity);
  if (guard !== undefined) {
    if (options.authorises !== true) return `${guard} (${url}) needs an authorisation hook, and none is set.`;
    return version === "v0.1" ? undefined : wrongVersion(url, ["v0.1"]);
  }
  const versions = understood.get(identity);
  if (versions === undefined) {
    return purpose === undefined ? undefined : `${url} is linked for ${purpose}, and is not known.`;
  }
  return version !== undefined && versions.includes(version) ? undefined : wrongVersion(url, versions);
}

function wrongVersion(url: string, versions: readonly string[]): string {
  return `${url} is of a version that is not known; known: ${versions.join(", ")}.`;
}
