/** Composition: the subgraphs' federation SDL comes in, one supergraph SDL or the whole list of what does not fit goes out. */
import { composeServices } from "@theguild/federation-composition";
import { GraphQLError, parse, type DocumentNode } from "graphql";
import { OnefoldError } from "../schema/errors.ts";

export interface SubgraphDefinition {
  readonly name: string;
  /** Federation SDL, version 1 or any 2.x up to 2.9. */
  readonly sdl: string;
  /** Of its GraphQL endpoint, which the supergraph then names. */
  readonly url?: string;
}

/**
 * Composes subgraphs into supergraph SDL.
 * @throws OnefoldError COMPOSITION_FAILED, naming every problem, one a line
 */
export function composeSubgraphs(subgraphs: readonly SubgraphDefinition[]): string {
  const problems = duplicateNames(subgraphs);
  if (subgraphs.length === 0) problems.push("There is no subgraph to compose.");
  const services: { name: string; typeDefs: DocumentNode; url?: string }[] = [];
  for (const { name, sdl, url } of subgraphs) {
    try {
      services.push({ name, typeDefs: parse(sdl), ...(url !== undefined && { url }) });
    } catch (error) {
      problems.push(`[${name}] ${located(error)}`);
    }
  }
  if (problems.length > 0) throw failed(problems);

  const result = composeServices(services);
  if (result.errors !== undefined) throw failed(result.errors.map((error) => error.message));
  return result.supergraphSdl;
}

function duplicateNames(subgraphs: readonly SubgraphDefinition[]): string[] {
  const names = subgraphs.map((subgraph) => subgraph.name);
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...twice].map((name) => `There are two subgraphs named "${name}".`);
}

function located(error: unknown): string {
  if (!(error instanceof GraphQLError)) return String(error);
  const at = error.locations?.[0];
  return at === undefined ? error.message : `${error.message} (line ${at.line}, column ${at.column})`;
}

function failed(problems: readonly string[]): OnefoldError {
  const list = problems.map((problem) => `- ${problem}`).join("\n");
  return new OnefoldError("COMPOSITION_FAILED", `The subgraphs do not compose:\n${list}`);
}
