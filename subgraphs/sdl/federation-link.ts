/** The author's `@link`s, kept; federation's own is added where it is missing. Tells what `@shareable` is called there. */
import {
  Kind,
  parse,
  type ConstDirectiveNode,
  type ConstValueNode,
  type DefinitionNode,
  type DocumentNode,
} from "graphql";

const defaultLink =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])';

export interface FederationLink {
  readonly link: DefinitionNode;
  /** Without the `@`. */
  readonly shareable: string;
}

/** Reads the links of a domain's document. */
export function federationLink(document: DocumentNode): FederationLink {
  const links = document.definitions
    .filter((node) => node.kind === Kind.SCHEMA_EXTENSION || node.kind === Kind.SCHEMA_DEFINITION)
    .flatMap(({ directives }) => directives ?? [])
    .filter(({ name }) => name.value === "link");
  const federation = links.find((link) => /^https?:\/\/[^/]+\/federation\//.test(textOf(argument(link, "url")) ?? ""));
  const own: DefinitionNode = { kind: Kind.SCHEMA_EXTENSION, directives: links };
  if (federation !== undefined) return { link: own, shareable: importedName(federation, "@shareable") };
  const [added] = parse(defaultLink, { noLocation: true }).definitions;
  const addedLinks = added?.kind === Kind.SCHEMA_EXTENSION ? (added.directives ?? []) : [];
  return { link: { ...own, directives: [...addedLinks, ...links] }, shareable: "shareable" };
}

/** The name under which a link imports a directive; one that is not imported has the link's namespace. */
function importedName(link: ConstDirectiveNode, directive: string): string {
  const imports = argument(link, "import");
  for (const item of imports?.kind === Kind.LIST ? imports.values : []) {
    if (textOf(item) === directive) return directive.slice(1);
    if (item.kind !== Kind.OBJECT) continue;
    const field = (name: string): string | undefined => textOf(item.fields.find((f) => f.name.value === name)?.value);
    if (field("name") === directive) return (field("as") ?? directive).slice(1);
  }
  return `${textOf(argument(link, "as")) ?? "federation"}__${directive.slice(1)}`;
}

function argument(directive: ConstDirectiveNode, name: string): ConstValueNode | undefined {
  return directive.arguments?.find((node) => node.name.value === name)?.value;
}

function textOf(value: ConstValueNode | undefined): string | undefined {
  return value?.kind === Kind.STRING ? value.value : undefined;
}
