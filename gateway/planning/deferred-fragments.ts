/** An operation's deferred fragments: where they stand, what is inside them, and the operation with some of them only. */
import {
  getNullableType,
  isListType,
  isUnionType,
  Kind,
  type DirectiveNode,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  type SelectionNode,
} from "graphql";
import { compositeField, isNarrowing, narrowed } from "./composite-types.ts";
import { planKey } from "./response-key.ts";
import { resolveSelections, setOf } from "./resolve-selections.ts";
import type { SelectedOperation } from "./select-operation.ts";
import type { SupergraphTypes } from "../supergraph-types.ts";

/** One step of the way from the root to a place: below a field, or to objects of a type only. */
export type PlaceStep =
  | { readonly kind: "field"; readonly field: FieldNode; readonly key: string; readonly isList: boolean }
  | { readonly kind: "type"; readonly name: string };

export interface DeferredFragment {
  readonly label: string | undefined;
  /** The deferred fragment around it, whose payload comes first. */
  readonly parent: DeferredFragment | undefined;
  readonly steps: readonly PlaceStep[];
  /** The type of the place. */
  readonly type: GraphQLCompositeType;
  /** What it asks for itself, without the deferred fragments inside it. */
  readonly selections: readonly SelectionNode[];
}

export interface DeferredOperation {
  /** Parents before children; without any, nothing is deferred. */
  readonly fragments: readonly DeferredFragment[];
  /** The operation's selections without deferred fragments but those given. */
  readonly with: (included: ReadonlySet<DeferredFragment>) => readonly SelectionNode[];
}

/** What stands beyond is not deferred: each costs a plan of its own. */
const maxDeferred = 32;

/** @param variables of them only those that @skip, @include and @defer depend on count */
export function readDeferred(
  { schema, types }: { readonly schema: GraphQLSchema; readonly types: SupergraphTypes },
  selected: SelectedOperation,
  variables: Readonly<Record<string, unknown>>,
): DeferredOperation {
  const marks = new Map<SelectionNode, DirectiveNode>();
  const selections = resolveSelections(selected, variables, (inlined, directives) => {
    const directive = directives.find(({ name }) => name.value === "defer");
    if (directive !== undefined && isActive(directive, variables)) marks.set(inlined, directive);
  });
  const root = schema.getRootType(selected.operation.operation);
  if (root == null || marks.size === 0) return { fragments: [], with: () => selections };
  const found = new FragmentFinder(schema, types, marks);
  found.visit(selections, { type: root, steps: [], around: undefined });
  return {
    fragments: found.fragments,
    with: (included) => found.pick(selections, (fragment) => included.has(fragment)),
  };
}

interface Place {
  readonly type: GraphQLCompositeType;
  readonly steps: readonly PlaceStep[];
  readonly around: DeferredFragment | undefined;
}

class FragmentFinder {
  readonly #schema: GraphQLSchema;
  readonly #types: SupergraphTypes;
  readonly #marks: ReadonlyMap<SelectionNode, DirectiveNode>;
  readonly #found = new Map<SelectionNode, DeferredFragment>();
  /** By place: a fragment that comes to one place by several ways is one. */
  readonly #places = new Map<DirectiveNode, Map<string, DeferredFragment>>();

  constructor(schema: GraphQLSchema, types: SupergraphTypes, marks: ReadonlyMap<SelectionNode, DirectiveNode>) {
    this.#schema = schema;
    this.#types = types;
    this.#marks = marks;
  }

  get fragments(): readonly DeferredFragment[] {
    return [...new Set(this.#found.values())];
  }

  visit(nodes: readonly SelectionNode[], at: Place): void {
    for (const node of nodes) {
      if (node.kind === Kind.FIELD) this.#visitField(node, at);
      if (node.kind !== Kind.INLINE_FRAGMENT) continue;
      const type = narrowed(this.#schema, at.type, node.typeCondition?.name.value);
      const step: PlaceStep[] = isNarrowing(this.#schema, at.type, type) ? [{ kind: "type", name: type.name }] : [];
      const inner = { type, steps: [...at.steps, ...step], around: at.around };
      const mark = this.#marks.get(node);
      const around = mark === undefined ? at.around : this.#add(node, mark, inner);
      this.visit(node.selectionSet.selections, { ...inner, around });
    }
  }

  /** Selections without fragments that are deferred and not `included`. */
  pick(nodes: readonly SelectionNode[], included: (fragment: DeferredFragment) => boolean): SelectionNode[] {
    return nodes.flatMap((node): SelectionNode[] => {
      const fragment = this.#found.get(node);
      if (fragment !== undefined && !included(fragment)) return [];
      if (node.kind === Kind.FRAGMENT_SPREAD || node.selectionSet === undefined) return [node];
      return [{ ...node, selectionSet: setOf(this.pick(node.selectionSet.selections, included)) }];
    });
  }

  #visitField(node: FieldNode, at: Place): void {
    if (node.selectionSet === undefined || isUnionType(at.type)) return;
    const of = compositeField(at.type, node.name.value);
    if (of === undefined) return;
    const isList = isListType(getNullableType(of.field.type));
    const step: PlaceStep = { kind: "field", field: node, key: planKey(node, this.#types), isList };
    this.visit(node.selectionSet.selections, { type: of.type, steps: [...at.steps, step], around: at.around });
  }

  #add(node: SelectionNode, mark: DirectiveNode, at: Place): DeferredFragment | undefined {
    const here = placeKey(at.steps);
    let places = this.#places.get(mark);
    if (places === undefined) this.#places.set(mark, (places = new Map<string, DeferredFragment>()));
    const known = places.get(here);
    if (known === undefined && this.#found.size >= maxDeferred) return at.around;
    const inside = node.kind === Kind.INLINE_FRAGMENT ? node.selectionSet.selections : [];
    const ownSelections = (): readonly SelectionNode[] => this.pick(inside, () => false);
    const fragment: DeferredFragment = known ?? {
      label: labelOf(mark),
      parent: at.around,
      steps: at.steps,
      type: at.type,
      // What is deferred inside is known only once the whole operation was looked through.
      get selections(): readonly SelectionNode[] {
        return ownSelections();
      },
    };
    places.set(here, fragment);
    this.#found.set(node, fragment);
    return fragment;
  }
}

/** Equal for equal ways. */
export function placeKey(steps: readonly PlaceStep[]): string {
  return steps.map((step) => (step.kind === "field" ? step.key : `<${step.name}>`)).join("/");
}

function isActive(directive: DirectiveNode, variables: Readonly<Record<string, unknown>>): boolean {
  const condition = argument(directive, "if");
  if (condition === undefined) return true;
  if (condition.kind === Kind.VARIABLE) return variables[condition.name.value] !== false;
  return condition.kind !== Kind.BOOLEAN || condition.value;
}

function labelOf(directive: DirectiveNode): string | undefined {
  const label = argument(directive, "label");
  return label?.kind === Kind.STRING ? label.value : undefined;
}

function argument(directive: DirectiveNode, name: string) {
  return directive.arguments?.find((one) => one.name.value === name)?.value;
}
