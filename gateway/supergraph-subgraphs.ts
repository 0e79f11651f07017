/** Reads which subgraphs a supergraph was composed of, and where they are. */
import {
  GraphQLError,
  Kind,
  parse,
  visit,
  type DirectiveNode,
  type DocumentNode,
  type EnumValueDefinitionNode,
} from "graphql";
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
  const document = parseSupergraph(supergraphSdl);
  const subgraphs = document.definitions.flatMap((definition) =>
    definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === "join__Graph"
      ? (definition.values ?? []).flatMap(readGraph)
      : [],
  );
  if (subgraphs.length === 0) throw notComposed(document);
  return subgraphs;
}

function parseSupergraph(sdl: string): DocumentNode {
  if (sdl.trim() === "") throw invalid("it is empty");
  try {
    return parse(sdl, { noLocation: true });
  } catch (cause) {
    throw invalid(placed(cause), { cause });
  }
}

/** `Syntax Error: Expected Name, found <EOF>. (line 7, column 3)` */
function placed(error: unknown): string {
  if (!(error instanceof GraphQLError)) return String(error);
  const [at] = error.locations ?? [];
  return at === undefined
    ? error.message
    : `${error.message.replace(/\.$/, "")} (line ${at.line}, column ${at.column})`;
}

/** Files that are easily taken for a supergraph: what one subgraph serves, and what clients see of a graph. */
function notComposed(document: DocumentNode): OnefoldError {
  if (!isOfSubgraph(document)) {
    return invalid("it says nothing of subgraphs (no enum join__Graph); it looks like the schema that clients see", {
      remedy: "Give the supergraph that a composer made of the subgraphs, not the API schema made of it.",
    });
  }
  return invalid("it is the SDL of one subgraph", {
    remedy:
      "Compose the subgraphs into a supergraph first, or name each with --subgraph NAME=URL to have them composed.",
  });
}

const subgraphDirectives = new Set(["key", "external", "requires", "provides", "shareable", "extends", "override"]);

function isOfSubgraph(document: DocumentNode): boolean {
  let found = false;
  const look = (directive: DirectiveNode): void => {
    const name = directive.name.value;
    const url = name === "link" ? textArgument(directive, "url") : undefined;
    if (subgraphDirectives.has(name) || url?.includes("/federation/") === true) found = true;
  };
  visit(document, { Directive: look });
  return found;
}

function readGraph(value: EnumValueDefinitionNode): SupergraphSubgraph[] {
  const graph = value.directives?.find((directive) => directive.name.value === "join__graph");
  const name = graph && textArgument(graph, "name");
  return graph === undefined || name === undefined ? [] : [{ name, url: textArgument(graph, "url") ?? "" }];
}

function textArgument(directive: DirectiveNode, name: string): string | undefined {
  const value = directive.arguments?.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
}

function invalid(why: string, options: { readonly cause?: unknown; readonly remedy?: string } = {}): OnefoldError {
  return new OnefoldError("SUPERGRAPH_INVALID", `The supergraph cannot be served: ${why}.`, options);
}
