/** What one selection has beyond another, by place: that is all that has to be fetched once the other is there. */
import {
  getNullableType,
  isCompositeType,
  isListType,
  Kind,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type SelectionNode,
} from "graphql";
import type { SupergraphTypes } from "../supergraph-types.ts";
import { compositeField, covers, isNarrowing, narrowed, objectTypes } from "./composite-types.ts";
import { placeKey, type PlaceStep } from "./deferred-fragments.ts";
import { setOf } from "./resolve-selections.ts";
import { isRootMeta, planKey } from "./response-key.ts";

/** Selections that are missing at one place. */
export interface Remainder {
  readonly steps: readonly PlaceStep[];
  readonly type: GraphQLCompositeType;
  /** What an object there can be. */
  readonly objects: readonly GraphQLObjectType[];
  readonly selections: readonly SelectionNode[];
}

interface Place {
  readonly steps: readonly PlaceStep[];
  readonly type: GraphQLCompositeType;
  readonly objects: readonly GraphQLObjectType[];
}

export interface RemainderSource {
  readonly schema: GraphQLSchema;
  readonly types: SupergraphTypes;
}

/** Selections are resolved. Introspection of a root type is left out. */
export function selectionRemainder(
  { schema, types }: RemainderSource,
  root: GraphQLCompositeType,
  { available, wanted }: { readonly available: readonly SelectionNode[]; readonly wanted: readonly SelectionNode[] },
): readonly Remainder[] {
  const places = new Map<string, Remainder & { readonly selections: SelectionNode[] }>();
  const miss = (at: Place, node: FieldNode): void => {
    const key = placeKey(at.steps);
    const known = places.get(key);
    if (known === undefined) places.set(key, { ...at, selections: [node] });
    else known.selections.push(node);
  };
  const visit = (have: readonly SelectionNode[], nodes: readonly SelectionNode[], at: Place): void => {
    for (const node of nodes) {
      if (node.kind === Kind.FIELD) visitField(have, node, at);
      if (node.kind !== Kind.INLINE_FRAGMENT) continue;
      visit(have, node.selectionSet.selections, narrowPlace(schema, at, node.typeCondition?.name.value));
    }
  };
  const visitField = (have: readonly SelectionNode[], node: FieldNode, at: Place): void => {
    if (isRootMeta(node.name.value)) return;
    const key = planKey(node, types);
    const same = fieldsFor(schema, at.type, have).filter((one) => planKey(one, types) === key);
    if (same.length === 0) return miss(at, node);
    const below = compositeField(at.type, node.name.value);
    if (below === undefined || node.selectionSet === undefined) return;
    const steps = [
      ...at.steps,
      { kind: "field", field: node, key, isList: isListType(getNullableType(below.field.type)) } as const,
    ];
    const inner = same.flatMap(({ selectionSet }) => selectionSet?.selections ?? []);
    visit(inner, node.selectionSet.selections, {
      steps,
      type: below.type,
      objects: objectTypes(schema, below.type),
    });
  };
  visit(available, wanted, { steps: [], type: root, objects: objectTypes(schema, root) });
  return [...places.values()];
}

/** Selections as they are written at the root, so that they are asked for at a place. */
export function selectAt(steps: readonly PlaceStep[], selections: readonly SelectionNode[]): readonly SelectionNode[] {
  return steps.reduceRight<readonly SelectionNode[]>((inner, step) => {
    if (step.kind === "field") return [{ ...step.field, selectionSet: setOf(inner) }];
    const typeCondition = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: step.name } } as const;
    return [{ kind: Kind.INLINE_FRAGMENT, typeCondition, selectionSet: setOf(inner) }];
  }, selections);
}

function narrowPlace(schema: GraphQLSchema, at: Place, condition: string | undefined): Place {
  const type = narrowed(schema, at.type, condition);
  if (!isNarrowing(schema, at.type, type)) return at;
  const possible = new Set(objectTypes(schema, type));
  return {
    steps: [...at.steps, { kind: "type", name: type.name }],
    type,
    objects: at.objects.filter((object) => possible.has(object)),
  };
}

/** Fields that are asked for of all objects of a type. */
function fieldsFor(
  schema: GraphQLSchema,
  type: GraphQLCompositeType,
  nodes: readonly SelectionNode[],
): readonly FieldNode[] {
  return nodes.flatMap((node): readonly FieldNode[] => {
    if (node.kind === Kind.FIELD) return [node];
    if (node.kind !== Kind.INLINE_FRAGMENT) return [];
    const name = node.typeCondition?.name.value;
    const condition = name === undefined ? type : schema.getType(name);
    const applies = isCompositeType(condition) && covers(schema, condition, type);
    return applies ? fieldsFor(schema, type, node.selectionSet.selections) : [];
  });
}
