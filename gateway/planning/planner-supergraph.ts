/** The supergraph as the planner gets it: the same graph with fewer ways through it, where a way adds nothing. */
import {
  Kind,
  print,
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type ObjectTypeDefinitionNode,
} from "graphql";
import { directiveText } from "./directive-text.ts";
import { isResolvedIn } from "./graph-reach.ts";
import { interfaceObjectsLast } from "./planner-names.ts";
import { requiresAsKeys } from "./requires-as-keys.ts";
import { splitRequires } from "./split-requires.ts";

/**
 * Leaves out keys that no plan needs: with several keys the planner (0.0.38) makes needless reads, and asks subgraphs for
 * fields that they do not have, of which some end the whole process. A key of a type in a subgraph adds nothing if another
 * key there can be made in each subgraph that has the type.
 * @param choice as {@link splitRequires} has it
 */
export function plannerSupergraph(document: DocumentNode, choice = 0): string {
  const interfaces = new Set(document.definitions.flatMap((one) => (hasKey(one) ? [one.name.value] : [])));
  const definitions = document.definitions.map((definition) =>
    definition.kind === Kind.OBJECT_TYPE_DEFINITION ? withoutNeedlessKeys(definition, interfaces) : definition,
  );
  return print(splitRequires(requiresAsKeys(interfaceObjectsLast({ ...document, definitions })), choice));
}

interface TypeRow {
  readonly directive: ConstDirectiveNode;
  readonly graph: string;
  readonly key: string | undefined;
  readonly isResolvable: boolean;
}

/** The keys of an interface are ways to its types as well: they stay as they are. */
function withoutNeedlessKeys(
  type: ObjectTypeDefinitionNode,
  interfaces: ReadonlySet<string>,
): ObjectTypeDefinitionNode {
  if (type.interfaces?.some((one) => interfaces.has(one.name.value)) === true) return type;
  const rows = (type.directives ?? []).filter((one) => one.name.value === "join__type").map(readRow);
  const needless = new Set<ConstDirectiveNode>();
  for (const graph of new Set(rows.map((row) => row.graph))) {
    const here = rows.filter((row) => row.graph === graph && row.key !== undefined);
    const enough = here.find((row) => row.isResolvable && canMakeEverywhere(row, rows, type.fields ?? []));
    if (enough === undefined) continue;
    for (const row of here) if (row !== enough) needless.add(row.directive);
  }
  return { ...type, directives: (type.directives ?? []).filter((directive) => !needless.has(directive)) };
}

/** Whether each subgraph of the type has all fields of a key, which must be plain fields. */
function canMakeEverywhere(
  { key }: TypeRow,
  rows: readonly TypeRow[],
  fields: readonly FieldDefinitionNode[],
): boolean {
  if (key === undefined || key.includes("{"))
    return rows.every((row) => rows.some((one) => one.graph === row.graph && one.key === key));
  return rows.every(({ graph }) =>
    key
      .split(/\s+/)
      .every(
        (name) =>
          isKeyOf(name, rows, graph) || fields.some((field) => field.name.value === name && isResolvedIn(field, graph)),
      ),
  );
}

/** A subgraph can tell its own keys, even those that federation 1 has it call external. */
function isKeyOf(field: string, rows: readonly TypeRow[], graph: string): boolean {
  return rows.some(
    (row) => row.graph === graph && row.key?.split(/\s+/).includes(field) === true && !row.key.includes("{"),
  );
}

function readRow(directive: ConstDirectiveNode): TypeRow {
  return {
    directive,
    graph: directiveText(directive, "graph") ?? "",
    key: directiveText(directive, "key"),
    isResolvable: directiveText(directive, "resolvable") !== "false",
  };
}

function hasKey(
  definition: DefinitionNode,
): definition is DefinitionNode & { readonly name: { readonly value: string } } {
  return (
    definition.kind === Kind.INTERFACE_TYPE_DEFINITION &&
    (definition.directives ?? []).some(
      (one) => one.name.value === "join__type" && directiveText(one, "key") !== undefined,
    )
  );
}
