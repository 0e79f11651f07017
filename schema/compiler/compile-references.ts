/** Compiles `@reference` fields of an event type: those that lead to an entity instead of holding a value. */
import type { FieldDefinitionNode } from "graphql";
import type { EventField, EventIdentifier, EventReference } from "../model/event.ts";
import { suggest } from "../expression/suggest.ts";
import { isIdentityOpen } from "./check-identifies.ts";
import type { TypeDeclaration } from "./collect-types.ts";
import { shapeOf } from "./compilation.ts";
import type { EntityHead, EntityIndex, EntityScope } from "./compile-entity-heads.ts";
import { argumentNode, hasDirective, textOf, useOf, type DirectiveUse } from "./directive-use.ts";

/** Whether the field's type is an entity, or it claims to lead to one. */
export function isReferenceField(node: FieldDefinitionNode, entities: EntityIndex): boolean {
  return hasDirective(node, "reference") || entities.byType.has(shapeOf(node.type).name);
}

interface EventParts {
  readonly type: TypeDeclaration;
  readonly fields: readonly EventField[];
  readonly identifiers: readonly EventIdentifier[];
}

export function compileReferences(event: EventParts, scope: EntityScope): readonly EventReference[] {
  return event.type.fields
    .filter((node) => isReferenceField(node, scope.entities))
    .flatMap((node) => compileReference(node, event, scope) ?? []);
}

function compileReference(
  node: FieldDefinitionNode,
  event: EventParts,
  scope: EntityScope,
): EventReference | undefined {
  const { entities, report, uses, unreadable } = scope;
  const shape = shapeOf(node.type);
  const name = node.name.value;
  const head = entities.byType.get(shape.name);
  if (head === undefined) {
    if (unreadable.has(shape.name)) return undefined;
    const remedy = "Leave @reference off, or declare the field's type as the entity.";
    report.add(node.type, `"${shape.name}" is not an entity, so "${name}" can refer to nothing.`, remedy);
    return undefined;
  }
  if (shape.list || head.name !== shape.name) {
    const reason = shape.list
      ? `"${name}" is a list of entities.`
      : `"${shape.name}" is a concrete type of ${head.name}.`;
    report.add(node.type, reason, `An identifier points to one entity: declare "${name}: ${head.name}".`);
    return undefined;
  }
  const use = useOf(uses, node, "reference");
  if (use === undefined) {
    if (hasDirective(node, "reference")) return undefined;
    const remedy = `Say which field holds its identifier: @reference(by: "${candidates(event, head.name)[0] ?? "…"}").`;
    report.add(node, `"${name}" leads to the entity ${head.name}, but not by which field.`, remedy);
    return undefined;
  }
  const by = findField(use, head, event, scope);
  if (by === undefined) return undefined;
  if (by.nullable && !shape.nullable) {
    const reason = `"${name}" may not be null, but "${by.name}", by which it is found, may.`;
    report.add(node.type, reason, `Declare it as ${shape.name}, without "!".`);
  }
  return { name, by: by.index, entity: head.name, nullable: shape.nullable };
}

function findField(use: DirectiveUse, head: EntityHead, event: EventParts, scope: EntityScope): EventField | undefined {
  const { report } = scope;
  const entity = head.name;
  const by = textOf(use, "by") ?? "";
  const field = event.fields.find((candidate) => candidate.name === by);
  const options = candidates(event, entity);
  const list = options.length === 0 ? "" : `Fields that do: ${options.join(", ")}.`;
  if (field === undefined) {
    const near = suggest(by, options);
    const remedy = `${near && `${near} `}${list || `Add a field with @identifies(entity: "${entity}", as: …).`}`;
    report.add(argumentNode(use, "by"), `"${by}" is not a value field of the event.`, remedy);
    return undefined;
  }
  if (event.identifiers.some((one) => one.field === field.index && one.entity === head.name)) return field;
  const nodes = event.type.fields.filter((node) => node.name.value === by);
  if (isIdentityOpen(nodes, head, scope)) return undefined;
  const remedy = `${list && `${list} Or add`}${list === "" ? "Add" : ""} @identifies(entity: "${entity}", as: …) to "${by}".`;
  report.add(argumentNode(use, "by"), `"${by}" does not identify ${entity}.`, remedy);
  return undefined;
}

function candidates(event: EventParts, entity: string): readonly string[] {
  return event.identifiers
    .filter((identifier) => identifier.entity === entity)
    .flatMap((identifier) => event.fields[identifier.field]?.name ?? []);
}
