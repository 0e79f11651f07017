/** An entity on its way through graphql-js: who it is, and the values that its selection needs. */
import { OnefoldError } from "../../schema/errors.ts";
import { graphIdFromKey } from "../../schema/model/entity-key.ts";
import type { EntityModel } from "../../schema/model/entity.ts";
import type { ResolvedIdentity } from "../../stores/ports/identity-store.ts";
import { readMetric } from "../../stores/ports/model-values.ts";
import type { StateValue } from "../../stores/ports/state-value.ts";
import type { FieldValue } from "./domain-resolvers.ts";
import type { LoadedEntity, StateSelection } from "./entity-loader.ts";
import type { ExecutionContext } from "./execution-context.ts";
import type { ModelIndex } from "./model-index.ts";

export interface EntityNode {
  readonly __typename: string;
  /** The canonical one, as the graph writes it. */
  readonly id: string;
  readonly entity: EntityModel;
  readonly identity: ResolvedIdentity;
  /** Of the selected state fields; one that is absent has no events. */
  readonly values: ReadonlyMap<string, StateValue>;
}

export interface NodeRequest {
  readonly entity: EntityModel;
  /** Typed identifier, any of the entity's. */
  readonly key: string;
  readonly selection: StateSelection;
  /** True where somebody asks if there is such an entity; false for a reference, which stands for itself. */
  readonly mustExist: boolean;
  /** The concrete type, where it is known; otherwise an interface's is read from its declared field. */
  readonly typeName?: string;
}

/** Loads an entity; null if it must exist and was never seen, or if its concrete type is not known. */
export async function loadNode(context: ExecutionContext, request: NodeRequest): Promise<EntityNode | null> {
  const { entity, key, mustExist, typeName } = request;
  const selection = nodeSelection(context.index, request);
  const loaded = await context.reads.entities.load({ entity, key, selection, probe: mustExist });
  return nodeOf(context, { entity, selection, mustExist, typeName }, loaded);
}

/** What is read of the entity: the selected fields, and the one that tells its concrete type. */
export function nodeSelection(
  index: ModelIndex,
  { entity, selection, typeName }: Pick<NodeRequest, "entity" | "selection" | "typeName">,
): StateSelection {
  const kindField = typeName === undefined ? entity.concrete?.by : undefined;
  return kindField === undefined ? selection : withField(index, { entity, selection }, kindField);
}

/** What was loaded as a node, noted as read. `selection` is that of {@link nodeSelection}. */
export function nodeOf(
  context: ExecutionContext,
  request: Pick<NodeRequest, "entity" | "selection" | "mustExist"> & { readonly typeName?: string | undefined },
  { identity, values, includes }: LoadedEntity,
): EntityNode | null {
  const { entity, selection, mustExist } = request;
  if (includes !== null) {
    const byExistence = selection.fields.length === 0 || (mustExist && values === null);
    context.collector.add(byExistence ? context.index.topicsOf(entity) : selection.topics, includes);
  }
  if (mustExist && values === null) return null;
  const node = {
    id: graphIdFromKey(identity.canonical, entity.identifiers),
    entity,
    identity,
    values: values ?? nothing,
  };
  const __typename = request.typeName ?? concreteType(context, node);
  return __typename === null ? null : { __typename, ...node };
}

const nothing: ReadonlyMap<string, StateValue> = new Map();

/** The value of a metric field, as it is stored. */
export function readField(context: ExecutionContext, node: Omit<EntityNode, "__typename">, name: string): FieldValue {
  const field = node.entity.fields.find((candidate) => candidate.name === name && candidate.kind === "metric");
  if (field?.kind !== "metric") throw new OnefoldError("INTERNAL", `${node.entity.name}.${name} is no state field.`);
  return readMetric(field, node.values.get(name), { atMs: context.now });
}

function concreteType(context: ExecutionContext, node: Omit<EntityNode, "__typename">): string | null {
  const { concrete, name } = node.entity;
  if (concrete === null) return name;
  const kind = readField(context, node, concrete.by);
  return typeof kind === "string" ? (concrete.types[kind] ?? null) : null;
}

function withField(
  index: ModelIndex,
  { entity, selection }: Pick<NodeRequest, "entity" | "selection">,
  name: string,
): StateSelection {
  if (selection.fields.includes(name)) return selection;
  const field = entity.fields.find((candidate) => candidate.name === name);
  const topic = field === undefined ? null : index.topicOfField(field);
  const fields = [...selection.fields, name].sort();
  const topics = topic === null ? selection.topics : [...new Set([...selection.topics, topic])];
  return { text: fields.join(","), fields, topics };
}
