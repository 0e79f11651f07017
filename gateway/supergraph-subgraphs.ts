/** Reads which subgraphs a supergraph was composed of, and where they are. */
import { Kind, parse, type ConstDirectiveNode, type EnumValueDefinitionNode } from "graphql";
import { OnefoldError } from "../schema/errors.ts";

export interface SupergraphSubgraph {
  readonly name: string;
  /** Of its GraphQL endpoint; empty where the composer was not told. */
  readonly url: string;
}

/**
 * The subgraphs in the order of the supergraph's `join__Graph`.
 * @throws OnefoldError SUPERGRAPH_INVALID for text that is no supergraph SDL
 */
export function readSubgraphs(supergraphSdl: string): readonly SupergraphSubgraph[] {
  const subgraphs = parseSupergraph(supergraphSdl).definitions.flatMap((definition) =>
    definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === "join__Graph"
      ? (definition.values ?? []).flatMap(readGraph)
      : [],
  );
  if (subgraphs.length === 0) throw invalid("it has no enum join__Graph with @join__graph on its values");
  return subgraphs;
}

function parseSupergraph(sdl: string) {
  if (sdl.trim() === "") throw invalid("it is empty");
  try {
    return parse(sdl, { noLocation: false });
  } catch (cause) {
    throw invalid(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function readGraph(value: EnumValueDefinitionNode): SupergraphSubgraph[] {
  const graph = value.directives?.find((directive) => directive.name.value === "join__graph");
  const name = graph && textArgument(graph, "name");
  return graph === undefined || name === undefined ? [] : [{ name, url: textArgument(graph, "url") ?? "" }];
}

function textArgument(directive: ConstDirectiveNode, name: string): string | undefined {
  const value = directive.arguments?.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
}

function invalid(why: string, cause?: unknown): OnefoldError {
  return new OnefoldError("SUPERGRAPH_INVALID", `The supergraph cannot be served: ${why}.`, { cause });
}
