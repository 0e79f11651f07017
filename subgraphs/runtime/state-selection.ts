/** Which state fields a selection set needs of an entity: read from the operation, remembered for its next run. */
import {
  Kind,
  type FieldNode,
  type GraphQLResolveInfo,
  type OperationDefinitionNode,
  type SelectionNode,
} from "graphql";
import type { EntityModel } from "../../schema/model/entity.ts";
import type { DomainResolvers } from "./domain-resolvers.ts";
import type { StateSelection } from "./entity-loader.ts";
import type { ModelIndex } from "./model-index.ts";

/** Gives what the fields below `info`'s need of `entity`. Conditions (`@skip`) are not looked at: it may be too much. */
export type SelectionReader = (
  info: Pick<GraphQLResolveInfo, "fieldNodes" | "fragments" | "operation">,
  entity: EntityModel,
) => StateSelection;

/** `written`: the domain's resolvers by hand, whose `requires` belong to the selection of their field. */
export function createSelectionReader(index: ModelIndex, written: DomainResolvers): SelectionReader {
  const byOperation = new WeakMap<OperationDefinitionNode, Map<FieldNode, Map<EntityModel, StateSelection>>>();

  const read: SelectionReader = ({ fieldNodes, fragments }, entity) => {
    const names = new Set<string>();
    const visit = (selection: SelectionNode): void => {
      switch (selection.kind) {
        case Kind.FIELD:
          for (const name of stateFieldsOf(written, entity, selection.name.value)) names.add(name);
          break;
        case Kind.INLINE_FRAGMENT:
          if (mayBe(index, entity, selection.typeCondition?.name.value))
            selection.selectionSet.selections.forEach(visit);
          break;
        case Kind.FRAGMENT_SPREAD: {
          const fragment = fragments[selection.name.value];
          if (mayBe(index, entity, fragment?.typeCondition.name.value))
            fragment?.selectionSet.selections.forEach(visit);
        }
      }
    };
    for (const node of fieldNodes) node.selectionSet?.selections.forEach(visit);
    return selectFields(index, entity, [...names]);
  };

  return (info, entity) => {
    const [node, ...others] = info.fieldNodes;
    // The same field may stand with others in another place of the operation: only a lone one is remembered.
    if (node === undefined || others.length > 0) return read(info, entity);
    const byNode = byOperation.get(info.operation) ?? new Map<FieldNode, Map<EntityModel, StateSelection>>();
    byOperation.set(info.operation, byNode);
    const byEntity = byNode.get(node) ?? new Map<EntityModel, StateSelection>();
    byNode.set(node, byEntity);
    const selection = byEntity.get(entity) ?? read(info, entity);
    byEntity.set(entity, selection);
    return selection;
  };
}

/** The selection of the named state fields; names of other fields are passed over. */
export function selectFields(index: ModelIndex, entity: EntityModel, names: readonly string[]): StateSelection {
  const fields = entity.fields.filter(({ name }) => names.includes(name));
  const topics = fields.map((field) => index.topicOfField(field)).filter((topic) => topic !== null);
  const stored = fields.filter((field) => index.topicOfField(field) !== null).map(({ name }) => name);
  const sorted = [...new Set(stored)].sort();
  return { text: sorted.join(","), fields: sorted, topics: [...new Set(topics)] };
}

function stateFieldsOf(written: DomainResolvers, entity: EntityModel, field: string): readonly string[] {
  const types = [entity.name, ...Object.values(entity.concrete?.types ?? {})];
  return [field, ...types.flatMap((type) => written[type]?.[field]?.requires ?? [])];
}

/** Whether an entity can satisfy a type condition. Interfaces that are no entity's are let pass. */
function mayBe(index: ModelIndex, entity: EntityModel, condition: string | undefined): boolean {
  const other = condition === undefined ? undefined : index.entityOf(condition);
  return other === undefined || other === entity;
}
