/** Reads which of federation's names a file imports through `@link`. */
import { Kind, type DirectiveNode } from "graphql";

/** With their `@`: `@key`. An import under another name is not followed: Onefold reads federation's own names. */
export function importedNames(schemaDirectives: readonly DirectiveNode[]): ReadonlySet<string> {
  const lists = schemaDirectives
    .filter((node) => node.name.value === "link")
    .flatMap((node) => node.arguments ?? [])
    .filter((argument) => argument.name.value === "import")
    .map((argument) => argument.value);
  return new Set(
    lists
      .flatMap((list) => (list.kind === Kind.LIST ? list.values : [list]))
      .flatMap((value) => (value.kind === Kind.STRING ? [value.value] : [])),
  );
}
