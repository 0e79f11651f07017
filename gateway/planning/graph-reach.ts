/** Which types a subgraph's own fields lead to, in a supergraph. */
import {
  isTypeDefinitionNode,
  Kind,
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type TypeDefinitionNode,
} from "graphql";
import { directiveText } from "./directive-text.ts";

interface WithDirectives {
  readonly directives?: readonly ConstDirectiveNode[] | undefined;
}

/** The directives of one name, in order. */
export function rowsOf(node: WithDirectives, name: string): ConstDirectiveNode[] {
  return (node.directives ?? []).filter((directive) => directive.name.value === name);
}

/** Without @join__field a field is resolved wherever its type is. */
export function isResolvedIn(field: FieldDefinitionNode, graph: string): boolean {
  const rows = rowsOf(field, "join__field");
  if (rows.length === 0) return true;
  return rows.some(
    (row) =>
      directiveText(row, "graph") === graph &&
      directiveText(row, "external") !== "true" &&
      directiveText(row, "usedOverridden") !== "true",
  );
}

/** Answers, for some types, all types that their fields in one subgraph lead to; not themselves unless led to. */
export function graphReach(
  supergraph: DocumentNode,
  graph: string,
): (...types: readonly string[]) => ReadonlySet<string> {
  const next = new Map<string, readonly string[]>();
  for (const type of supergraph.definitions) {
    if (isTypeDefinitionNode(type)) next.set(type.name.value, leadsTo(type, graph));
  }
  for (const type of supergraph.definitions) {
    if (type.kind !== Kind.OBJECT_TYPE_DEFINITION && type.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    for (const row of rowsOf(type, "join__implements").filter((one) => directiveText(one, "graph") === graph)) {
      const parent = directiveText(row, "interface") ?? "";
      next.set(parent, [...(next.get(parent) ?? []), type.name.value]);
    }
  }
  return (...types) => {
    const seen = new Set<string>();
    const visit = (name: string): void => {
      for (const one of next.get(name) ?? []) {
        if (seen.has(one)) continue;
        seen.add(one);
        visit(one);
      }
    };
    types.forEach(visit);
    return seen;
  };
}

function leadsTo(type: TypeDefinitionNode, graph: string): string[] {
  if (type.kind === Kind.UNION_TYPE_DEFINITION) {
    return rowsOf(type, "join__unionMember")
      .filter((row) => directiveText(row, "graph") === graph)
      .flatMap((row) => directiveText(row, "member") ?? []);
  }
  if (type.kind !== Kind.OBJECT_TYPE_DEFINITION && type.kind !== Kind.INTERFACE_TYPE_DEFINITION) return [];
  return (type.fields ?? []).filter((field) => isResolvedIn(field, graph)).map(namedType);
}

/** The type that a field's lists and non-nulls are about. */
export function namedType({ type }: FieldDefinitionNode): string {
  let inner = type;
  while (inner.kind !== Kind.NAMED_TYPE) inner = inner.type;
  return inner.name.value;
}
