/** CollectFields of the specification for one object type, with conditions decided: fields by response key, in order. */
import {
  isAbstractType,
  Kind,
  typeFromAST,
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  type NamedTypeNode,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";

export interface FieldSource {
  readonly schema: GraphQLSchema;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  /** Values of the variables that @skip and @include name. */
  readonly conditions: Readonly<Record<string, boolean>>;
}

/** @see https://spec.graphql.org/October2021/#sec-Field-Collection */
export function collectFields(
  source: FieldSource,
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
): ReadonlyMap<string, readonly FieldNode[]> {
  const fields = new Map<string, FieldNode[]>();
  const visited = new Set<string>();
  const collect = (selection: SelectionNode): void => {
    if (!isIncluded(selection, source.conditions)) return;
    switch (selection.kind) {
      case Kind.FIELD: {
        const key = (selection.alias ?? selection.name).value;
        const same = fields.get(key);
        if (same === undefined) fields.set(key, [selection]);
        else same.push(selection);
        break;
      }
      case Kind.INLINE_FRAGMENT:
        if (applies(source.schema, selection.typeCondition, type)) selection.selectionSet.selections.forEach(collect);
        break;
      case Kind.FRAGMENT_SPREAD: {
        const name = selection.name.value;
        const fragment = source.fragments[name];
        if (fragment === undefined || visited.has(name)) break;
        visited.add(name);
        if (applies(source.schema, fragment.typeCondition, type)) fragment.selectionSet.selections.forEach(collect);
      }
    }
  };
  for (const { selections } of sets) selections.forEach(collect);
  return fields;
}

function applies(schema: GraphQLSchema, condition: NamedTypeNode | undefined, type: GraphQLObjectType): boolean {
  if (condition === undefined) return true;
  const named = typeFromAST(schema, condition);
  return named === type || (isAbstractType(named) && schema.isSubType(named, type));
}

function isIncluded({ directives = [] }: SelectionNode, conditions: FieldSource["conditions"]): boolean {
  return directives.every((directive) => {
    const { value: name } = directive.name;
    if (name !== "skip" && name !== "include") return true;
    return conditionOf(directive, conditions) === (name === "include");
  });
}

function conditionOf({ arguments: args = [] }: DirectiveNode, conditions: FieldSource["conditions"]): boolean {
  const value = args.find(({ name }) => name.value === "if")?.value;
  return value?.kind === Kind.VARIABLE
    ? conditions[value.name.value] === true
    : value?.kind === Kind.BOOLEAN && value.value;
}
