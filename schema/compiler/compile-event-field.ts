/** Compiles one field of an event type: its type, where its raw value is, and how it is standardised. */
import type { FieldDefinitionNode } from "graphql";
import type { EventField } from "../model/event.ts";
import type { ScalarType } from "../model/value.ts";
import { suggest } from "../expression/suggest.ts";
import { shapeOf, type Compilation, type DomainDeclaration, type TypeShape } from "./compilation.ts";
import { compileFieldAssertions } from "./compile-field-assertions.ts";
import type { Report } from "./diagnostic.ts";
import { argumentNode, hasDirective, integerOf, useOf, type DirectiveUse } from "./directive-use.ts";
import { readFrom } from "./read-from.ts";
import { foreignTypeNames, scalarTypeOf } from "./scalar-types.ts";

interface Position {
  readonly event: string;
  readonly index: number;
  readonly domain: DomainDeclaration;
}

/** Undefined where the type is of no use: the field is then known, but not to be reasoned about. */
export function compileEventField(
  node: FieldDefinitionNode,
  at: Position,
  compilation: Compilation,
): EventField | undefined {
  const { uses, report } = compilation;
  const shape = shapeOf(node.type);
  const decimal = useOf(uses, node, "decimal");
  const type = readType(node, shape, { decimal, domain: at.domain }, compilation);
  if (node.arguments !== undefined && node.arguments.length > 0) {
    report.add(
      node,
      `The event field "${node.name.value}" takes arguments.`,
      "An event's fields are plain values: leave them off.",
    );
  }
  if (type === undefined) return undefined;
  const name = node.name.value;
  const base = { name, index: at.index, type, list: shape.list, nullable: shape.nullable };
  const from = useOf(uses, node, "from");
  return {
    ...base,
    description: node.description?.value ?? null,
    ...readFrom(from, base, report),
    assertions: compileFieldAssertions(node, { ...base, rule: `${at.event}.${name}` }, compilation),
  };
}

function readType(
  node: FieldDefinitionNode,
  shape: TypeShape,
  { decimal, domain }: { readonly decimal: DirectiveUse | undefined; readonly domain: DomainDeclaration },
  { report, unreadable }: Compilation,
): ScalarType | undefined {
  const name = node.name.value;
  const isDecimal = shape.name === "Decimal";
  if (decimal !== undefined && !isDecimal) {
    report.add(
      decimal.node,
      `"${name}" is ${shape.text}, not Decimal.`,
      "Leave @decimal off, or declare the field as Decimal.",
    );
  }
  if (isDecimal && !hasDirective(node, "decimal")) {
    const remedy = "Add @decimal(scale: 2): the number of decimal places, 0 to 9.";
    report.add(node, `The Decimal field "${name}" has no scale.`, remedy);
  }
  const scale = decimal === undefined ? 0 : (integerOf(decimal, "scale") ?? 0);
  if (decimal !== undefined && (scale < 0 || scale > 9)) {
    report.add(argumentNode(decimal, "scale"), `A scale of ${scale} is not possible.`, "Use 0 to 9.");
  }
  if (shape.isNested) {
    report.add(node.type, `"${name}" is a list of lists.`, "Only lists of scalars are kept: flatten it at the source.");
    return undefined;
  }
  if (shape.list && shape.itemNullable) {
    const remedy = `Write [${shape.name}!]: items that are null are refused.`;
    report.add(node.type, `The items of "${name}" may be null.`, remedy);
  }
  const type = scalarTypeOf(shape.name, domain, Math.min(9, Math.max(0, scale)));
  if (type === undefined && !unreadable.has(shape.name)) reportType(node, shape, domain, report);
  return type;
}

const valueTypes = "ID, String, Int, Long, Float, Boolean, DateTime, Decimal";

function reportType(node: FieldDefinitionNode, shape: TypeShape, domain: DomainDeclaration, report: Report): void {
  const declared = domain.types.get(shape.name);
  const name = node.name.value;
  if (declared !== undefined && declared.kind !== "scalar") {
    const remedy =
      `An event is flat: give each value a field of its own, ${name}Part: String @from(path: "${name}.part"); ` +
      "for an entity, keep its identifier and add @reference(by:).";
    report.add(
      node.type,
      `"${name}" is ${declared.kind === "object" ? "an object" : `of the ${declared.kind} type`} ${shape.name}.`,
      remedy,
    );
    return;
  }
  const foreign = foreignTypeNames[shape.name];
  const enums = [...domain.types.values()].filter(({ kind }) => kind === "enum").map((type) => type.name);
  const near = foreign === undefined ? suggest(shape.name, [...valueTypes.split(", "), ...enums]) : `Use ${foreign}.`;
  const remedy = `${near && `${near} `}An event field is an enum of this file or one of ${valueTypes}.`;
  report.add(node.type, `"${shape.name}" is not a type of event fields.`, remedy);
}
