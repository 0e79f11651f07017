/** Checks a literal against the GraphQL type of a directive's argument; each mistake has its own place. */
import {
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  Kind,
  print,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLScalarType,
  type ValueNode,
} from "graphql";
import { suggest } from "../expression/suggest.ts";
import type { Report } from "./diagnostic.ts";
import { parseDuration } from "./parse-duration.ts";

/** Whether the value fits. */
export function checkArgument(value: ValueNode, type: GraphQLInputType, report: Report): boolean {
  if (isNonNullType(type)) {
    if (value.kind !== Kind.NULL) return checkArgument(value, type.ofType, report);
    report.add(value, `null is not ${describe(type.ofType)}.`, "Give a value, or leave the argument out.");
    return false;
  }
  if (value.kind === Kind.NULL) return true;
  if (value.kind === Kind.VARIABLE) {
    report.add(value, "A declaration has no variables.", "Write the value itself.");
    return false;
  }
  if (isListType(type)) {
    const items = value.kind === Kind.LIST ? value.values : [value];
    return items.map((item) => checkArgument(item, type.ofType, report)).every(Boolean);
  }
  if (isInputObjectType(type)) return checkObject(value, type, report);
  if (isEnumType(type)) {
    const names = type.getValues().map((option) => option.name);
    if (value.kind === Kind.ENUM && names.includes(value.value)) return true;
    const written = value.kind === Kind.STRING ? value.value : print(value);
    const near = names.includes(written) ? `Write ${written} without quotes.` : suggest(written, names);
    report.add(
      value,
      `${print(value)} is not one of ${type.name}.`,
      `${near && `${near} `}Choose from ${names.join(", ")}.`,
    );
    return false;
  }
  return checkScalar(value, type, report);
}

function checkObject(value: ValueNode, type: GraphQLInputObjectType, report: Report): boolean {
  const fields = type.getFields();
  const form = `{ ${Object.values(fields)
    .map((field) => `${field.name}: ${String(field.type)}`)
    .join(", ")} }`;
  if (value.kind !== Kind.OBJECT) {
    report.add(value, `${print(value)} is not an object.`, `Write ${form}.`);
    return false;
  }
  let isValid = true;
  for (const node of value.fields) {
    const field = fields[node.name.value];
    if (field !== undefined) isValid = checkArgument(node.value, field.type, report) && isValid;
    else {
      const near = suggest(node.name.value, Object.keys(fields));
      report.add(node, `"${node.name.value}" is not known here.`, `${near && `${near} `}The form is ${form}.`);
      isValid = false;
    }
  }
  for (const field of Object.values(fields)) {
    const isMissing = !value.fields.some((node) => node.name.value === field.name);
    if (!isMissing || !isNonNullType(field.type) || field.defaultValue !== undefined) continue;
    report.add(value, `"${field.name}" is missing.`, `The form is ${form}.`);
    isValid = false;
  }
  return isValid;
}

/** Scalars without a check of their own (`Value`, import lists) take any literal. */
const scalarForms: Readonly<Record<string, { readonly kinds: readonly Kind[]; readonly form: string }>> = {
  String: { kinds: [Kind.STRING], form: 'text in double quotes: "…"' },
  ID: { kinds: [Kind.STRING, Kind.INT], form: 'text in double quotes: "…"' },
  federation__FieldSet: { kinds: [Kind.STRING], form: 'field names in double quotes: "id"' },
  Int: { kinds: [Kind.INT], form: "a whole number, without quotes" },
  Float: { kinds: [Kind.INT, Kind.FLOAT], form: "a number, without quotes" },
  Boolean: { kinds: [Kind.BOOLEAN], form: "true or false" },
  Duration: { kinds: [Kind.STRING], form: 'an ISO-8601 duration: "PT10M", "P1D"' },
};

function checkScalar(value: ValueNode, type: GraphQLScalarType, report: Report): boolean {
  const expected = scalarForms[type.name];
  if (expected !== undefined && !expected.kinds.includes(value.kind)) {
    report.add(value, `${print(value)} is not ${describe(type)}.`, `Write ${expected.form}.`);
    return false;
  }
  if (type.name === "Int" && value.kind === Kind.INT && Math.abs(Number(value.value)) >= 2 ** 31) {
    report.add(value, `${value.value} is too large.`, "Use a number below 2^31.");
    return false;
  }
  if (type.name !== "Duration" || value.kind !== Kind.STRING) return true;
  const duration = parseDuration(value.value);
  if (duration.kind === "ok") return true;
  report.add(value, duration.reason, duration.remedy);
  return false;
}

function describe(type: GraphQLInputType): string {
  return `of type ${String(type)}`;
}
