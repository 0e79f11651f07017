/** The keys by which subgraphs find entities, with all that stands in them. */
import { Kind, parse, type FieldDefinitionNode, type SelectionSetNode, type TypeDefinitionNode } from "graphql";
import { directiveText } from "./directive-text.ts";
import { namedType, rowsOf } from "./graph-reach.ts";

export interface KeysOfType {
  /** Field sets by which a subgraph finds it; none for a type that stands in another type's key only. */
  readonly keys: Set<string>;
  /** Names of the fields that stand in keys. */
  readonly fields: Set<string>;
}

export class KnownKeys {
  readonly #types: ReadonlyMap<string, TypeDefinitionNode>;
  readonly #known = new Map<string, KeysOfType>();
  readonly #leaves = new Set<string>();

  constructor(types: readonly TypeDefinitionNode[]) {
    this.#types = new Map(types.map((type) => [type.name.value, type]));
    for (const type of types) {
      if (type.kind !== Kind.OBJECT_TYPE_DEFINITION) continue;
      for (const row of rowsOf(type, "join__type")) {
        const key = directiveText(row, "key");
        if (key === undefined || directiveText(row, "resolvable") === "false") continue;
        const set = readFieldSet(key);
        if (!this.#isPlain(type.name.value, set)) continue;
        this.#add(type.name.value, set);
        this.of(type.name.value)?.keys.add(key);
      }
    }
  }

  /** Object types that a subgraph finds by a key. */
  get entities(): readonly string[] {
    return [...this.#known].filter(([, { keys }]) => keys.size > 0).map(([name]) => name);
  }

  of(typename: string): KeysOfType | undefined {
    return this.#known.get(typename);
  }

  /** Whether a scalar or enum stands in a key. */
  isLeaf(typename: string): boolean {
    return this.#leaves.has(typename);
  }

  /** Keys with abstract types or arguments in them are left alone. */
  #isPlain(typename: string, set: SelectionSetNode): boolean {
    return set.selections.every((node) => {
      if (node.kind !== Kind.FIELD || (node.arguments?.length ?? 0) > 0) return false;
      if (node.name.value === "__typename") return true;
      const type = this.#fieldType(typename, node.name.value);
      if (type === undefined) return false;
      if (node.selectionSet === undefined) return true;
      return this.#types.get(type)?.kind === Kind.OBJECT_TYPE_DEFINITION && this.#isPlain(type, node.selectionSet);
    });
  }

  #add(typename: string, set: SelectionSetNode): void {
    let known = this.#known.get(typename);
    if (known === undefined) this.#known.set(typename, (known = { keys: new Set(), fields: new Set() }));
    for (const node of set.selections) {
      if (node.kind !== Kind.FIELD || node.name.value === "__typename") continue;
      known.fields.add(node.name.value);
      const type = this.#fieldType(typename, node.name.value) ?? "";
      if (node.selectionSet === undefined) this.#leaves.add(type);
      else this.#add(type, node.selectionSet);
    }
  }

  #fieldType(typename: string, name: string): string | undefined {
    const type = this.#types.get(typename);
    if (type?.kind !== Kind.OBJECT_TYPE_DEFINITION) return undefined;
    const field: FieldDefinitionNode | undefined = type.fields?.find((one) => one.name.value === name);
    return field && namedType(field);
  }
}

/** Reads the text of a field set: `id maker { id }`. */
export function readFieldSet(text: string): SelectionSetNode {
  const [definition] = parse(`{ ${text} }`, { noLocation: true }).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error(`No field set: ${text}`);
  return definition.selectionSet;
}
