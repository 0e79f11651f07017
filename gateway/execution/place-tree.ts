/** Where a plan's fetches write: for each place in the answer, which fetches hang results on its objects, and what they give. */
import { Kind, type DocumentNode, type FragmentDefinitionNode, type SelectionSetNode } from "graphql";

/** What a fetch selects of an object: keys, with what is selected below those that hold objects. */
// An interface, for a type alias may not name itself here.
// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface Provided extends ReadonlyMap<string, Provided | null> {}

/** One fetch that adds to objects: they are found again by its id. */
export interface Slot {
  readonly id: number;
  readonly provides: Provided;
}

/** All objects that stand at one path of field names, whatever lists and type conditions lie between. */
export class Place {
  readonly #slots: Slot[] = [];
  readonly #children = new Map<string, Place>();
  /** What the fetches give that the objects themselves come from. */
  readonly #bases: Provided[] = [];

  get slots(): readonly Slot[] {
    return this.#slots;
  }

  child(key: string): Place {
    let child = this.#children.get(key);
    if (child === undefined) {
      child = new Place();
      this.#children.set(key, child);
    }
    return child;
  }

  at(keys: readonly string[]): Place {
    return keys.reduce<Place>((place, key) => place.child(key), this);
  }

  add(slot: Slot): void {
    this.#slots.push(slot);
    this.#provideBelow(slot.provides);
  }

  /** The slots that may give a field, the latest fetch first. Ask once all fetches are known. */
  slotsOf(key: string): readonly Slot[] {
    return this.#slots.filter(({ provides }) => provides.has(key)).reverse();
  }

  /** Fields that hold objects, and that another fetch selects, too: their objects must become one. */
  contested(slot: Slot): readonly string[] {
    const others = [...this.#slots.filter((other) => other !== slot).map(({ provides }) => provides), ...this.#bases];
    return [...slot.provides].flatMap(([key, below]) =>
      below !== null && others.some((other) => other.get(key)) ? [key] : [],
    );
  }

  /** The same, to which more may be added without being seen here. */
  branch(): Place {
    const branch = new Place();
    branch.#slots.push(...this.#slots);
    branch.#bases.push(...this.#bases);
    for (const [key, child] of this.#children) branch.#children.set(key, child.branch());
    return branch;
  }

  #provideBelow(provides: Provided): void {
    for (const [key, below] of provides) {
      if (below === null) continue;
      const child = this.child(key);
      child.#bases.push(below);
      child.#provideBelow(below);
    }
  }
}

/** The places of all plans of one operation, or of a part of it that is read apart from others. */
export class PlaceTree {
  readonly root: Place;
  readonly #slots: { count: number };

  constructor(root = new Place(), slots = { count: 0 }) {
    this.root = root;
    this.#slots = slots;
  }

  /** Of all branches together. */
  get slots(): number {
    return this.#slots.count;
  }

  addSlot(provides: Provided, places: readonly Place[]): Slot {
    const slot = { id: this.#slots.count++, provides };
    for (const place of new Set(places)) place.add(slot);
    return slot;
  }

  /** The places as they are now: what is added to a branch is not seen elsewhere. */
  branch(): PlaceTree {
    return new PlaceTree(this.root.branch(), this.#slots);
  }
}

/**
 * Reads what a fetch's document selects; with `alias`, below that root field.
 * @param renamed keys of the subgraph's answer that become others
 */
export function providedBy(
  document: DocumentNode,
  alias: string | undefined,
  renamed: ReadonlyMap<string, string>,
): Provided {
  const fragments = new Map<string, FragmentDefinitionNode>();
  let root: SelectionSetNode | undefined;
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    if (definition.kind === Kind.OPERATION_DEFINITION) root = definition.selectionSet;
  }
  const read = (sets: readonly SelectionSetNode[]): Provided => {
    const below = new Map<string, SelectionSetNode[]>();
    const collect = (set: SelectionSetNode): void => {
      for (const node of set.selections) {
        if (node.kind === Kind.INLINE_FRAGMENT) collect(node.selectionSet);
        else if (node.kind === Kind.FRAGMENT_SPREAD) {
          const fragment = fragments.get(node.name.value);
          if (fragment !== undefined) collect(fragment.selectionSet);
        } else {
          const key = node.alias?.value ?? node.name.value;
          const known = below.get(key) ?? [];
          if (node.selectionSet !== undefined) known.push(node.selectionSet);
          below.set(key, known);
        }
      }
    };
    for (const set of sets) collect(set);
    const provided = new Map<string, Provided | null>();
    for (const [key, inner] of below) {
      const value = inner.length === 0 ? null : read(inner);
      provided.set(key, value);
      const other = renamed.get(key);
      if (other !== undefined) provided.set(other, value);
    }
    return provided;
  };
  const all = read(root === undefined ? [] : [root]);
  return alias === undefined ? all : (all.get(alias) ?? new Map());
}
