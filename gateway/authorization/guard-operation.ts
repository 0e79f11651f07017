/** Guarded fields of one operation: which of its selections set conditions, and what is left of it for who does not meet them. */
import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type SelectionNode,
} from "graphql";
import { setOf } from "../planning/resolve-selections.ts";
import { clientKey } from "../planning/response-key.ts";
import { distinct, type AccessRules } from "./access-rules.ts";
import type { Condition, ConditionKey } from "./conditions.ts";

/** A selected field that sets conditions. */
interface GuardedField {
  readonly conditions: readonly Condition[];
  /** The nearest guarded field around it, by its place in the list; -1: there is none. */
  readonly around: number;
  /** Response keys from the root, joined by dots. */
  readonly path: string;
}

export interface GuardedOperation {
  /** Each once. */
  readonly conditions: readonly Condition[];
  /** Places of the fields to be taken out for who does not meet these conditions; what stands below them goes with them. */
  removed(unmet: ReadonlySet<ConditionKey>): readonly number[];
  pathOf(place: number): string;
}

export interface GuardSource {
  /** Of the API. */
  readonly schema: GraphQLSchema;
  readonly rules: AccessRules;
  readonly root: GraphQLCompositeType;
}

/** Undefined for an operation that everyone may have whole. Equal selections give equal places. */
export function guardOperation(
  source: GuardSource,
  selections: readonly SelectionNode[],
): GuardedOperation | undefined {
  const fields: GuardedField[] = [];
  visitGuarded(source, selections, (_node, field) => void fields.push(field));
  if (fields.length === 0) return undefined;
  return {
    conditions: distinct(fields.flatMap(({ conditions }) => conditions)),
    removed: (unmet) => {
      if (unmet.size === 0) return [];
      const out = new Set<number>();
      const gone = new Set<number>();
      for (const [place, { conditions, around }] of fields.entries()) {
        if (gone.has(around)) gone.add(place);
        else if (conditions.some(({ key }) => unmet.has(key))) {
          out.add(place);
          gone.add(place);
        }
      }
      return [...out];
    },
    pathOf: (place) => fields[place]?.path ?? "",
  };
}

export interface ReducedOperation {
  /** What is planned and fetched. */
  readonly selections: readonly SelectionNode[];
  /** The fields that were taken out, and all below them: null is answered where they stand. */
  readonly denied: ReadonlySet<FieldNode>;
}

/** Takes fields out of an operation, by their places. */
export function reduceOperation(
  source: GuardSource,
  selections: readonly SelectionNode[],
  removed: ReadonlySet<number>,
): ReducedOperation {
  const taken = new Set<FieldNode>();
  let place = 0;
  visitGuarded(source, selections, (node) => {
    if (removed.has(place++)) taken.add(node);
  });
  const denied = new Set<FieldNode>();
  const deny = (node: SelectionNode): void => {
    if (node.kind === Kind.FIELD) denied.add(node);
    if (node.kind !== Kind.FRAGMENT_SPREAD) node.selectionSet?.selections.forEach(deny);
  };
  taken.forEach(deny);
  return { selections: without(selections, taken), denied };
}

/** Where a fragment loses something, the type of its object is still to be known: it says where null stands. */
function without(selections: readonly SelectionNode[], taken: ReadonlySet<FieldNode>): readonly SelectionNode[] {
  return selections.flatMap((node): SelectionNode[] => {
    if (node.kind === Kind.FIELD && taken.has(node)) return [];
    if (node.kind === Kind.FRAGMENT_SPREAD || node.selectionSet === undefined) return [node];
    const before = node.selectionSet.selections;
    const kept = without(before, taken);
    const loses = node.kind === Kind.INLINE_FRAGMENT && before.some((one) => one.kind === Kind.FIELD && taken.has(one));
    return [{ ...node, selectionSet: setOf(loses ? [...kept, typename] : kept) }];
  });
}

const typename: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: "__typename" } };

/** Where selections stand. */
interface Position {
  readonly type: GraphQLCompositeType;
  /** What an object here can be, by all type conditions around it. */
  readonly objects: readonly GraphQLObjectType[];
  readonly around: number;
  readonly path: string;
}

/**
 * Walks the guarded fields in order. A field of an interface sets the conditions of that interface, and those of every type
 * that an object here can be: which one it is, is known too late.
 */
function visitGuarded(
  { schema, rules, root }: GuardSource,
  selections: readonly SelectionNode[],
  visit: (node: FieldNode, field: GuardedField) => void,
): void {
  let count = 0;
  const conditionsOf = rememberConditions(rules);
  const walk = (nodes: readonly SelectionNode[], at: Position): void => {
    for (const node of nodes) {
      if (node.kind === Kind.INLINE_FRAGMENT) {
        const inner = narrow(schema, at, node.typeCondition?.name.value);
        if (inner.objects.length > 0) walk(node.selectionSet.selections, inner);
      } else if (node.kind === Kind.FIELD && !node.name.value.startsWith("__")) walkField(node, at);
    }
  };
  const walkField = (node: FieldNode, at: Position): void => {
    const name = node.name.value;
    const path = at.path === "" ? clientKey(node) : `${at.path}.${clientKey(node)}`;
    const conditions = conditionsOf(at, name);
    let around = at.around;
    if (conditions.length > 0) {
      visit(node, { conditions, around, path });
      around = count++;
    }
    const type = node.selectionSet && fieldType(at.type, name);
    if (node.selectionSet === undefined || type === undefined) return;
    walk(node.selectionSet.selections, { type, objects: objectTypes(schema, type), around, path });
  };
  walk(selections, { type: root, objects: objectTypes(schema, root), around: -1, path: "" });
}

/** An interface may have very many types, and an operation very many fields of it: each is looked up once. */
function rememberConditions(rules: AccessRules): (at: Position, field: string) => readonly Condition[] {
  const known = new WeakMap<readonly GraphQLObjectType[], Map<string, readonly Condition[]>>();
  return ({ type, objects }, field) => {
    let fields = known.get(objects);
    if (fields === undefined) known.set(objects, (fields = new Map<string, readonly Condition[]>()));
    const name = `${type.name}.${field}`;
    let conditions = fields.get(name);
    if (conditions === undefined) {
      conditions = distinct([type, ...objects].flatMap((one) => rules.conditionsOf(one.name, field)));
      fields.set(name, conditions);
    }
    return conditions;
  };
}

function narrow(schema: GraphQLSchema, at: Position, condition: string | undefined): Position {
  const type = condition === undefined ? at.type : schema.getType(condition);
  if (!isCompositeType(type) || type === at.type) return at;
  const objects = at.objects.filter(
    (object) => object === type || (isAbstractType(type) && schema.isSubType(type, object)),
  );
  return { ...at, type, objects };
}

/** The same list each time for an abstract type. */
function objectTypes(schema: GraphQLSchema, type: GraphQLCompositeType): readonly GraphQLObjectType[] {
  return isObjectType(type) ? [type] : schema.getPossibleTypes(type);
}

function fieldType(parent: GraphQLCompositeType, name: string): GraphQLCompositeType | undefined {
  if (!isObjectType(parent) && !isInterfaceType(parent)) return undefined;
  const type = getNamedType(parent.getFields()[name]?.type);
  return isCompositeType(type) ? type : undefined;
}
