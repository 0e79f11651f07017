/** Reads which of federation's names a file imports through `@link`. */
import { Kind, type DirectiveNode } from "graphql";

/**
 * With their `@`: `@key`. An import under another name is not followed: Onefold reads federation's own names. A file
 * without a link to federation gets one that imports `@key` and `@shareable`.
 */
export function importedNames(schemaDirectives: readonly DirectiveNode[]): ReadonlySet<string> {
  const links = schemaDirectives.filter((node) => node.name.value === "link" && isFederation(node));
  if (links.length === 0) return new Set(["@key", "@shareable"]);
  const lists = links
    .flatMap((node) => node.arguments ?? [])
    .filter((argument) => argument.name.value === "import")
    .map((argument) => argument.value);
  return new Set(
    lists
      .flatMap((list) => (list.kind === Kind.LIST ? list.values : [list]))
      .flatMap((value) => (value.kind === Kind.STRING ? [value.value] : [])),
  );
}

function isFederation(link: DirectiveNode): boolean {
  const url = link.arguments?.find(({ name }) => name.value === "url")?.value;
  return url?.kind === Kind.STRING && /^https?:\/\/[^/]+\/federation\//.test(url.value);
}
