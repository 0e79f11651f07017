/** Finds the fields of an operation that take arguments from objects around them, and what has to be read of those objects. */
import {
  getNullableType,
  isListType,
  isUnionType,
  Kind,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  type SelectionNode,
} from "graphql";
import type { SupergraphTypes } from "../supergraph-types.ts";
import { compositeField, isNarrowing, narrowed, objectTypes } from "./composite-types.ts";
import type { ContextArgument, ContextRules } from "./context-rules.ts";
import type { PlaceStep } from "./deferred-fragments.ts";
import { setOf } from "./resolve-selections.ts";
import { planKey } from "./response-key.ts";
import { selectAt } from "./selection-remainder.ts";

/** Where a context's value is read: of an object so many fields below the root. */
export interface ContextSource {
  readonly depth: number;
  /** What all objects there are; undefined: they say it. */
  readonly type: string | undefined;
  /** Keys below one another, by type of object; other objects there do not set the context. */
  readonly reads: Readonly<Record<string, readonly string[]>>;
}

export interface ContextFields {
  /** How many such fields stand inside one another at most, plus one; 0: the operation has none. */
  readonly phases: number;
  /** The keys of the places that have such fields. */
  readonly places: readonly (readonly string[])[];
  /** The selections of all phases before the given one: 0 is what comes before any such field. */
  readonly until: (phase: number) => readonly SelectionNode[];
  /** Nearest first. */
  readonly sourcesOf: (place: readonly string[], argument: ContextArgument) => readonly ContextSource[];
}

interface ContextFieldSource {
  readonly schema: GraphQLSchema;
  readonly types: SupergraphTypes;
  readonly rules: ContextRules;
}

/** An object on the way to a field. */
interface Level {
  /** Types that it can be. */
  readonly objects: readonly string[];
  readonly steps: readonly PlaceStep[];
  /** So many contextual fields stand above it. */
  readonly phase: number;
}

interface Position {
  readonly type: GraphQLCompositeType;
  readonly objects: readonly string[];
  readonly steps: readonly PlaceStep[];
  readonly phase: number;
  /** From the root to what is around this object. */
  readonly levels: readonly Level[];
}

/** @param selections resolved, of an operation's root */
export function findContextFields(
  source: ContextFieldSource,
  root: GraphQLCompositeType,
  selections: readonly SelectionNode[],
): ContextFields {
  const finder = new ContextFinder(source);
  const objects = objectTypes(source.schema, root).map(({ name }) => name);
  const prepared = finder.visit(selections, { type: root, objects, steps: [], phase: 0, levels: [] });
  return {
    phases: finder.phases,
    places: [...finder.places.values()].map(({ keys }) => keys),
    until: (phase) => [
      ...finder.pick(prepared, phase),
      ...finder.extras.flatMap((extra) => (extra.phase <= phase ? extra.selections : [])),
    ],
    sourcesOf: (keys, argument) => finder.sourcesOf(finder.places.get(keys.join("/"))?.levels ?? [], argument),
  };
}

class ContextFinder {
  readonly #source: ContextFieldSource;
  /** Contextual fields by the phase that has them. */
  readonly #phases = new Map<SelectionNode, number>();
  readonly places = new Map<string, { readonly keys: readonly string[]; levels: readonly Level[] }>();
  readonly extras: { readonly phase: number; readonly selections: readonly SelectionNode[] }[] = [];

  constructor(source: ContextFieldSource) {
    this.#source = source;
  }

  get phases(): number {
    return Math.max(0, ...this.#phases.values());
  }

  /** The same selections, with contextual fields apart for each type that has them. */
  visit(nodes: readonly SelectionNode[], at: Position): SelectionNode[] {
    return nodes.flatMap((node): SelectionNode[] => {
      if (node.kind === Kind.FIELD) return this.#visitField(node, at);
      if (node.kind !== Kind.INLINE_FRAGMENT) return [node];
      return [
        {
          ...node,
          selectionSet: setOf(
            this.visit(node.selectionSet.selections, this.#narrow(at, node.typeCondition?.name.value)),
          ),
        },
      ];
    });
  }

  pick(nodes: readonly SelectionNode[], phase: number): SelectionNode[] {
    return nodes.flatMap((node): SelectionNode[] => {
      if ((this.#phases.get(node) ?? 0) > phase) return [];
      if (node.kind === Kind.FRAGMENT_SPREAD || node.selectionSet === undefined) return [node];
      return [{ ...node, selectionSet: setOf(this.pick(node.selectionSet.selections, phase)) }];
    });
  }

  sourcesOf(levels: readonly Level[], { context, ways }: ContextArgument): ContextSource[] {
    const { rules, types } = this.#source;
    const sources: ContextSource[] = [];
    for (const [depth, { objects }] of [...levels.entries()].reverse()) {
      const setters = objects.filter((name) => rules.settersOf(context).has(name));
      const reads: Record<string, readonly string[]> = {};
      for (const name of setters) {
        const way = ways.find(({ condition }) => condition === undefined || types.satisfies(name, condition));
        if (way !== undefined) reads[name] = way.fields;
      }
      if (setters.length > 0) sources.push({ depth, type: objects.length === 1 ? objects[0] : undefined, reads });
      if (setters.length === objects.length) break;
    }
    return sources;
  }

  #narrow(at: Position, condition: string | undefined): Position {
    const { schema } = this.#source;
    const type = narrowed(schema, at.type, condition);
    if (!isNarrowing(schema, at.type, type)) return at;
    const possible = new Set(objectTypes(schema, type).map(({ name }) => name));
    const objects = at.objects.filter((name) => possible.has(name));
    return { ...at, type, objects, steps: [...at.steps, { kind: "type", name: type.name }] };
  }

  #visitField(node: FieldNode, at: Position): SelectionNode[] {
    const { rules } = this.#source;
    const contextual = at.objects.filter((name) => rules.isContextual(name, node.name.value));
    if (contextual.length === 0) return [this.#below(node, at)];
    if (at.objects.length === 1) return [this.#contextual(node, at)];
    return at.objects.map((name) => {
      const inner = this.#narrow(at, name);
      const field = contextual.includes(name) ? this.#contextual(node, inner) : this.#below(node, inner);
      return on(name, [field]);
    });
  }

  #contextual(node: FieldNode, at: Position): FieldNode {
    const [typename = ""] = at.objects;
    this.#addPlace(at);
    for (const argument of this.#source.rules.allArgumentsOf(typename, node.name.value)) {
      for (const source of this.sourcesOf(at.levels, argument)) this.#addExtra(at.levels[source.depth], source);
    }
    const phase = at.phase + 1;
    const field = { ...this.#below(node, { ...at, phase }) };
    this.#phases.set(field, phase);
    return field;
  }

  #addPlace({ steps, levels }: Position): void {
    const keys = steps.flatMap((step) => (step.kind === "field" ? [step.key] : []));
    const key = keys.join("/");
    const known = this.places.get(key);
    if (known === undefined) this.places.set(key, { keys, levels });
    else {
      // What comes to one place by several ways can be of the types of any.
      known.levels = known.levels.map((level, depth) => {
        const objects = [...new Set([...level.objects, ...(levels[depth]?.objects ?? [])])];
        return { ...level, objects };
      });
    }
  }

  #addExtra(level: Level | undefined, { type, reads }: ContextSource): void {
    if (level === undefined) return;
    const { steps, phase } = level;
    const asked = Object.entries(reads).map(([name, fields]) =>
      type === name ? path(fields) : on(name, [path(fields)]),
    );
    this.extras.push({ phase, selections: selectAt(steps, asked) });
    if (type !== undefined && level.objects.length === 1 && steps.at(-1)?.kind !== "type") return;
    const above = steps.slice(0, steps.findLastIndex((step) => step.kind === "field") + 1);
    this.extras.push({ phase, selections: selectAt(above, [fieldOf("__typename")]) });
  }

  #below(node: FieldNode, at: Position): FieldNode {
    const { schema, types } = this.#source;
    if (node.selectionSet === undefined || isUnionType(at.type)) return { ...node };
    const of = compositeField(at.type, node.name.value);
    if (of === undefined) return { ...node };
    const isList = isListType(getNullableType(of.field.type));
    const step: PlaceStep = { kind: "field", field: node, key: planKey(node, types), isList };
    const inner: Position = {
      type: of.type,
      objects: objectTypes(schema, of.type).map(({ name }) => name),
      steps: [...at.steps, step],
      phase: at.phase,
      levels: [...at.levels, { objects: at.objects, steps: at.steps, phase: at.phase }],
    };
    return { ...node, selectionSet: setOf(this.visit(node.selectionSet.selections, inner)) };
  }
}

function path(fields: readonly string[]): FieldNode {
  const [first = "", ...rest] = fields;
  return rest.length === 0 ? fieldOf(first) : { ...fieldOf(first), selectionSet: setOf([path(rest)]) };
}

function fieldOf(name: string): FieldNode {
  return { kind: Kind.FIELD, name: { kind: Kind.NAME, value: name } };
}

function on(name: string, selections: readonly SelectionNode[]): SelectionNode {
  const typeCondition = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: name } } as const;
  return { kind: Kind.INLINE_FRAGMENT, typeCondition, selectionSet: setOf(selections) };
}
