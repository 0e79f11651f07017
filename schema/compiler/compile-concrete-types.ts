/** Compiles `typeBy` of an entity interface: which value of which field means which concrete type. */
import { suggest } from "../expression/suggest.ts";
import type { EntityField, EntityModel } from "../model/entity.ts";
import { shapeOf, type Compilation } from "./compilation.ts";
import type { EntityHead } from "./compile-entity-heads.ts";
import { argumentNode, hasDirective, textOf } from "./directive-use.ts";

/** Null for an entity that is an object type. */
export function compileConcreteTypes(
  head: EntityHead,
  fields: readonly EntityField[],
  compilation: Compilation,
): EntityModel["concrete"] {
  const { report } = compilation;
  const by = head.use === undefined ? null : textOf(head.use, "typeBy");
  if (head.use === undefined) return null;
  if (head.type.kind !== "interface") {
    if (by === null) return null;
    const remedy = `Leave it off, or declare "interface ${head.name}" with concrete types.`;
    report.add(
      argumentNode(head.use, "typeBy"),
      `typeBy is for interfaces, but "${head.name}" is an object type.`,
      remedy,
    );
    return null;
  }
  checkImplementations(head, compilation);
  if (by === null) {
    const remedy = 'Add typeBy: "kind", and a field kind: <an enum of this file> @latest(of: …).';
    report.add(head.use.node, `Nothing tells the concrete type of "${head.name}".`, remedy);
    return null;
  }
  const values = readValues(head, by, fields, compilation);
  return values && { by, types: matchTypes(head, by, values, compilation) };
}

/** The values of the enum that `typeBy` names. */
function readValues(
  head: EntityHead,
  by: string,
  fields: readonly EntityField[],
  { report }: Compilation,
): readonly string[] | null {
  const at = head.use === undefined ? head.type.nameNode : argumentNode(head.use, "typeBy");
  const node = head.type.fields.find(({ name }) => name.value === by);
  const field = fields.find(({ name, on }) => name === by && on === head.name);
  if (node === undefined) {
    const names = head.type.fields.map(({ name }) => name.value).filter((name) => name !== "id");
    const near = suggest(by, names);
    report.add(at, `"${head.name}" has no field "${by}".`, near || `Add it: ${by}: <an enum> @latest(of: …).`);
    return null;
  }
  // A field whose directive is broken is reported where it stands.
  if (field === undefined && (node.directives ?? []).length > 0) return null;
  if (field?.kind === "metric" && field.metric.function === "latest" && field.metric.type.kind === "enum") {
    return field.metric.type.values;
  }
  report.add(
    node,
    `"${by}" tells the concrete type, so it must be the latest value of an enum.`,
    `Declare it with @latest(of: …) of an enum field.`,
  );
  return null;
}

function matchTypes(
  head: EntityHead,
  by: string,
  values: readonly string[],
  { report }: Compilation,
): Readonly<Record<string, string>> {
  const names = head.concrete.map(({ name }) => name);
  const types = values.map((value): readonly [string, string] => [value, pascalCase(value)]);
  const at = head.use === undefined ? head.type.nameNode : argumentNode(head.use, "typeBy");
  for (const [value, name] of types) {
    if (names.includes(name)) continue;
    const near = suggest(name, names);
    const reason = `The value ${value} of "${by}" means the type "${name}", which does not implement ${head.name}.`;
    report.add(at, reason, `${near && `${near} `}Declare type ${name} implements ${head.name}.`);
  }
  for (const type of head.concrete) {
    if (types.some(([, name]) => name === type.name)) continue;
    const reason = `"${type.name}" implements ${head.name}, but no value of "${by}" means it.`;
    report.add(type.nameNode, reason, `Add ${upperSnakeCase(type.name)} to the enum, or remove the type.`);
  }
  return Object.fromEntries(types.filter(([, name]) => names.includes(name)));
}

/** `LIVE_STREAM` is `LiveStream`. */
function pascalCase(value: string): string {
  return value
    .split("_")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase())
    .join("");
}

function upperSnakeCase(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toUpperCase();
}

/** A concrete type repeats the interface's fields with the same types, as GraphQL asks. */
function checkImplementations(head: EntityHead, { report }: Compilation): void {
  for (const type of head.concrete) {
    const missing = head.type.fields.filter((node) => !type.fields.some(({ name }) => name.value === node.name.value));
    if (missing.length > 0) {
      const list = missing.map((node) => `${node.name.value}: ${shapeOf(node.type).text}`).join(", ");
      report.add(type.nameNode, `"${type.name}" lacks fields of its interface ${head.name}.`, `Add ${list}.`);
    }
    for (const node of type.fields) {
      const inherited = head.type.fields.find(({ name }) => name.value === node.name.value);
      const right = inherited && shapeOf(inherited.type).text;
      if (right === undefined || right === shapeOf(node.type).text) continue;
      const reason = `"${node.name.value}" is ${shapeOf(node.type).text} here, but ${right} in ${head.name}.`;
      report.add(node.type, reason, `Declare it as ${node.name.value}: ${right}.`);
    }
    if (!hasDirective(type, "key")) {
      report.add(type.nameNode, `"${type.name}" is an entity without a key.`, 'Add @key(fields: "id").');
    }
  }
}
