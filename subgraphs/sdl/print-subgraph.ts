/** Domain model → federation SDL of one domain's subgraph: what the author wrote, and what Onefold generates beside it. */
import { isSpecifiedDirective, Kind, parse, print, visit, type DefinitionNode, type DocumentNode } from "graphql";
import { onefoldDefinitions } from "../../schema/compiler/directive-definitions.ts";
import { OnefoldError } from "../../schema/errors.ts";
import type { DomainModel, PlatformModel } from "../../schema/model/platform.ts";
import { connectionTypes } from "./connection-types.ts";
import { eventInputs } from "./event-inputs.ts";
import { federationLink } from "./federation-link.ts";
import { mergeRoots, rootTypes } from "./root-types.ts";
import type { SdlRequest } from "./sdl-request.ts";
import { valueTypes } from "./value-types.ts";

/** Prints the federation SDL of a domain's subgraph. The same model always gives the same text. */
export function printSubgraph(platform: PlatformModel, domainName: string): string {
  return printDocument(subgraphDocument(platform, domainName));
}

export function printDocument(document: DocumentNode): string {
  return `${print(document)}\n`;
}

/** As {@link printSubgraph}, as a document. */
export function subgraphDocument(platform: PlatformModel, domainName: string): DocumentNode {
  const domain = platform.domains.find(({ name }) => name === domainName);
  if (domain === undefined) throw new OnefoldError("INTERNAL", `No domain is named ${JSON.stringify(domainName)}.`);
  const { link, shareable } = federationLink(domain.document);
  const request: SdlRequest = { platform, domain, shareable };
  const generated = [...connectionTypes(request), ...eventInputs(request), ...rootTypes(request)];
  const graph = mergeRoots([...authoredTypes(domain), ...definitions(generated)]);
  return { kind: Kind.DOCUMENT, definitions: [link, ...graph, ...valueTypes(graph)] };
}

/** The author's own types, without Onefold's directives. Schema extensions go: only their `@link`s come back. */
function authoredTypes({ document }: DomainModel): readonly DefinitionNode[] {
  const bare = visit(document, {
    Directive: (node) => (isOnefolds(node.name.value) ? null : undefined),
  });
  return bare.definitions.filter(({ kind }) => kind !== Kind.SCHEMA_EXTENSION && kind !== Kind.SCHEMA_DEFINITION);
}

/** Onefold's words say how data comes to be, which is nobody's business outside. */
function isOnefolds(directive: string): boolean {
  const definition = onefoldDefinitions.directives.get(directive);
  return definition !== undefined && !isSpecifiedDirective(definition);
}

function definitions(texts: readonly string[]): readonly DefinitionNode[] {
  return texts.length === 0 ? [] : parse(texts.join("\n"), { noLocation: true }).definitions;
}
