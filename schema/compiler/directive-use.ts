/** Reads the arguments of directives that were found valid, defaults included. */
import { Kind, type ASTNode, type DirectiveNode, type ValueNode } from "graphql";

/** One valid use of a directive. */
export interface DirectiveUse {
  readonly name: string;
  readonly node: DirectiveNode;
  readonly values: Readonly<Record<string, unknown>>;
}

interface Holder {
  readonly directives?: readonly DirectiveNode[] | undefined;
}

/** What the directive check leaves behind: the valid uses, by node. */
export type DirectiveUses = ReadonlyMap<DirectiveNode, DirectiveUse>;

/** The valid uses of a directive on one place, in order. */
export function usesOf(uses: DirectiveUses, holder: Holder, name: string): readonly DirectiveUse[] {
  return (holder.directives ?? []).flatMap((node) => {
    const use = node.name.value === name ? uses.get(node) : undefined;
    return use === undefined ? [] : [use];
  });
}

/** The first valid use; undefined where there is none, or only broken ones, which are already reported. */
export function useOf(uses: DirectiveUses, holder: Holder, name: string): DirectiveUse | undefined {
  return usesOf(uses, holder, name)[0];
}

/** Whether it stands there at all, valid or not. */
export function hasDirective(holder: Holder, name: string): boolean {
  return holder.directives?.some((node) => node.name.value === name) ?? false;
}

export function textOf(use: DirectiveUse, name: string): string | null {
  const value = use.values[name];
  return typeof value === "string" ? value : null;
}

export function integerOf(use: DirectiveUse, name: string): number | null {
  const value = use.values[name];
  return typeof value === "number" ? value : null;
}

export function textsOf(use: DirectiveUse, name: string): readonly string[] | null {
  const value = use.values[name];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : null;
}

/** A list of input objects. */
export function recordsOf(use: DirectiveUse, name: string): readonly Readonly<Record<string, unknown>>[] {
  const value = use.values[name];
  return Array.isArray(value) ? value.filter((item): item is Record<string, unknown> => typeof item === "object") : [];
}

/** The literal as it was written; null where the argument is absent or null. */
export function literalOf(use: DirectiveUse, name: string): ValueNode | null {
  const value = use.node.arguments?.find((argument) => argument.name.value === name)?.value;
  return value === undefined || value.kind === Kind.NULL ? null : value;
}

/** Where to point at: the argument's value, or the directive where a default holds. */
export function argumentNode(use: DirectiveUse, name: string): ASTNode {
  return literalOf(use, name) ?? use.node;
}

/** The `index`-th item of a list argument, and of it one input field, where they are written out. */
export function itemNode(
  use: DirectiveUse,
  name: string,
  [index, field]: readonly [index: number, field?: string],
): ASTNode {
  const list = literalOf(use, name);
  const item = list?.kind === Kind.LIST ? list.values[index] : list;
  if (item?.kind === Kind.OBJECT && field !== undefined) {
    return item.fields.find((node) => node.name.value === field)?.value ?? item;
  }
  return item ?? use.node;
}
