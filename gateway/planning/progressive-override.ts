/** Progressive @override: which of two subgraphs resolves a field, for a share of requests, is settled before planning. */
import {
  Kind,
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  type ObjectTypeDefinitionNode,
} from "graphql";
import { directiveText } from "./directive-text.ts";

/** The shares of requests, in percent, that labels of the form `percent(x)` name: ascending, each once. */
export function overrideShares(supergraph: DocumentNode): readonly number[] {
  const shares = new Set<number>();
  for (const type of supergraph.definitions) {
    if (!hasFields(type)) continue;
    for (const directive of (type.fields ?? []).flatMap((field) => field.directives ?? [])) {
      const share = shareOf(directiveText(directive, "overrideLabel"));
      if (share !== undefined) shares.add(share);
    }
  }
  return [...shares].sort((a, b) => a - b);
}

/**
 * The supergraph for requests that drew `roll`, from 0 up to 100: of each labelled field one of the two subgraphs is left.
 * A label that is no share is never active. The planner gets no labels, since it passes over those of fields of an abstract
 * type.
 */
export function settleOverrides(supergraph: DocumentNode, roll: number): DocumentNode {
  const isActive = (label: string): boolean => roll < (shareOf(label) ?? 0);
  const definitions = supergraph.definitions.map((type) =>
    hasFields(type) ? { ...type, fields: (type.fields ?? []).map((field) => settleField(field, isActive)) } : type,
  );
  return { ...supergraph, definitions };
}

/** Both subgraphs' rows carry the label; only the new one's says what it overrides. */
function settleField(field: FieldDefinitionNode, isActive: (label: string) => boolean): FieldDefinitionNode {
  if (!(field.directives ?? []).some((one) => directiveText(one, "overrideLabel") !== undefined)) return field;
  const directives = (field.directives ?? []).flatMap((directive): ConstDirectiveNode[] => {
    const label = directiveText(directive, "overrideLabel");
    if (label === undefined) return [directive];
    const isNew = directiveText(directive, "override") !== undefined;
    const row = without(directive, ["overrideLabel", "override"]);
    if (isNew === isActive(label)) return [row];
    // A key or a requirement may need the field where it is: it stays there, unresolved.
    return [{ ...row, arguments: [...(row.arguments ?? []), external] }];
  });
  return { ...field, directives };
}

const external = {
  kind: Kind.ARGUMENT,
  name: { kind: Kind.NAME, value: "external" },
  value: { kind: Kind.BOOLEAN, value: true },
} as const;

function without(directive: ConstDirectiveNode, names: readonly string[]): ConstDirectiveNode {
  return { ...directive, arguments: (directive.arguments ?? []).filter(({ name }) => !names.includes(name.value)) };
}

function shareOf(label: string | undefined): number | undefined {
  const digits = /^percent\((\d+(?:\.\d+)?)\)$/.exec(label ?? "")?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function hasFields(node: { readonly kind: Kind }): node is ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode {
  return node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.INTERFACE_TYPE_DEFINITION;
}
