/** Gathers the type definitions of one file: a type and its extensions are one declaration. Doubles are reported. */
import {
  Kind,
  type DefinitionNode,
  type DirectiveNode,
  type DocumentNode,
  type EnumValueDefinitionNode,
  type FieldDefinitionNode,
  type InputValueDefinitionNode,
  type NamedTypeNode,
  type NameNode,
  type StringValueNode,
  type TypeDefinitionNode,
  type TypeExtensionNode,
} from "graphql";
import { placeOf, placeText, type Report } from "./diagnostic.ts";

type TypeKind = "object" | "interface" | "union" | "enum" | "scalar" | "input";

export interface TypeDeclaration {
  readonly name: string;
  readonly kind: TypeKind;
  readonly description: string | null;
  readonly nameNode: NameNode;
  readonly directives: readonly DirectiveNode[];
  readonly interfaces: readonly NamedTypeNode[];
  readonly fields: readonly FieldDefinitionNode[];
  readonly inputFields: readonly InputValueDefinitionNode[];
  readonly values: readonly EnumValueDefinitionNode[];
  readonly members: readonly NamedTypeNode[];
}

type TypeNode = TypeDefinitionNode | TypeExtensionNode;
/** Of one name, in order. */
type Parts = readonly [TypeNode, ...TypeNode[]];

const kinds: Readonly<Partial<Record<Kind, TypeKind>>> = {
  [Kind.OBJECT_TYPE_DEFINITION]: "object",
  [Kind.OBJECT_TYPE_EXTENSION]: "object",
  [Kind.INTERFACE_TYPE_DEFINITION]: "interface",
  [Kind.INTERFACE_TYPE_EXTENSION]: "interface",
  [Kind.UNION_TYPE_DEFINITION]: "union",
  [Kind.UNION_TYPE_EXTENSION]: "union",
  [Kind.ENUM_TYPE_DEFINITION]: "enum",
  [Kind.ENUM_TYPE_EXTENSION]: "enum",
  [Kind.SCALAR_TYPE_DEFINITION]: "scalar",
  [Kind.SCALAR_TYPE_EXTENSION]: "scalar",
  [Kind.INPUT_OBJECT_TYPE_DEFINITION]: "input",
  [Kind.INPUT_OBJECT_TYPE_EXTENSION]: "input",
};

/** In order of first appearance. */
export function collectTypes(document: DocumentNode, report: Report): ReadonlyMap<string, TypeDeclaration> {
  const nodes = new Map<string, Parts>();
  for (const node of document.definitions) {
    if (!isTypeNode(node)) {
      if (node.kind === Kind.OPERATION_DEFINITION || node.kind === Kind.FRAGMENT_DEFINITION) {
        report.add(node, "A declaration holds types, not operations.", "Move queries and fragments to the app.");
      }
      continue;
    }
    const earlier = nodes.get(node.name.value);
    nodes.set(node.name.value, earlier === undefined ? [node] : [...earlier, node]);
  }
  return new Map([...nodes].map(([name, parts]) => [name, merge(name, parts, report)]));
}

function isTypeNode(node: DefinitionNode): node is TypeNode {
  return kinds[node.kind] !== undefined;
}

function merge(name: string, parts: Parts, report: Report): TypeDeclaration {
  const [first] = parts;
  const kind = kinds[first.kind] ?? "object";
  checkParts(name, kind, parts, report);
  const same = parts.filter((part) => kinds[part.kind] === kind);
  return {
    name,
    kind,
    description: same.map(descriptionOf).find((text) => text !== null) ?? null,
    nameNode: first.name,
    directives: same.flatMap((part) => part.directives ?? []),
    interfaces: same.flatMap((part) => ("interfaces" in part ? (part.interfaces ?? []) : [])),
    fields: unique(same.flatMap(outputFields), "field", report),
    inputFields: unique(same.flatMap(inputFields), "field", report),
    values: unique(
      same.flatMap((part) => ("values" in part ? (part.values ?? []) : [])),
      "value",
      report,
    ),
    members: same.flatMap((part) => ("types" in part ? (part.types ?? []) : [])),
  };
}

function descriptionOf(part: {
  readonly kind: Kind;
  readonly description?: StringValueNode | undefined;
}): string | null {
  return part.description?.value ?? null;
}

function checkParts(name: string, kind: TypeKind, parts: readonly TypeNode[], report: Report): void {
  const definitions = parts.filter((part) => kinds[part.kind] === kind && part.kind.endsWith("Definition"));
  const [first, ...others] = definitions;
  for (const other of others) {
    if (first === undefined) continue;
    const reason = `The type "${name}" is defined twice in this file: also at ${placeText(placeOf(first))}.`;
    report.add(other, reason, `Join them, or write "extend type ${name}".`);
  }
  for (const part of parts) {
    if (kinds[part.kind] === kind) continue;
    report.add(
      part.name,
      `"${name}" is both ${kind} and ${kinds[part.kind] ?? "another kind"}.`,
      "Give one another name.",
    );
  }
}

function outputFields(part: TypeNode): readonly FieldDefinitionNode[] {
  switch (part.kind) {
    case Kind.OBJECT_TYPE_DEFINITION:
    case Kind.OBJECT_TYPE_EXTENSION:
    case Kind.INTERFACE_TYPE_DEFINITION:
    case Kind.INTERFACE_TYPE_EXTENSION:
      return part.fields ?? [];
    default:
      return [];
  }
}

function inputFields(part: TypeNode): readonly InputValueDefinitionNode[] {
  const isInput = part.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION || part.kind === Kind.INPUT_OBJECT_TYPE_EXTENSION;
  return isInput ? (part.fields ?? []) : [];
}

/** The first of each name; the others are reported. */
function unique<T extends FieldDefinitionNode | InputValueDefinitionNode | EnumValueDefinitionNode>(
  nodes: readonly T[],
  what: string,
  report: Report,
): readonly T[] {
  const seen = new Map<string, T>();
  for (const node of nodes) {
    const earlier = seen.get(node.name.value);
    if (earlier === undefined) seen.set(node.name.value, node);
    else {
      const reason = `The ${what} "${node.name.value}" stands twice: also at ${placeText(placeOf(earlier))}.`;
      report.add(node, reason, "Remove one, or give it another name.");
    }
  }
  return [...seen.values()];
}
