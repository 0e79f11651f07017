/** Reads an SDL literal as a value of a field's type, reporting what does not fit. */
import { Kind, print, type ValueNode } from "graphql";
import { readLiteral, type Literal } from "../expression/read-literal.ts";
import type { ScalarType, StandardValue } from "../model/value.ts";
import type { Report } from "./diagnostic.ts";

/** Undefined where it does not fit, which is reported. */
export function readValue(node: ValueNode, type: ScalarType, report: Report): Exclude<StandardValue, null> | undefined {
  const literal = literalFrom(node);
  if (literal === null) {
    report.add(node, `${print(node)} is not a single value.`, "Write one value.");
    return undefined;
  }
  const reading = readLiteral(literal, type);
  if (reading.kind === "ok") return reading.value;
  report.add(node, reading.reason, reading.remedy.replaceAll("'", '"'));
  return undefined;
}

/** As {@link readValue}, for a field that may be a list. */
export function readFieldValue(
  node: ValueNode,
  field: { readonly type: ScalarType; readonly list: boolean },
  report: Report,
): StandardValue | undefined {
  if (!field.list) return readValue(node, field.type, report);
  if (node.kind !== Kind.LIST) {
    report.add(node, "The field is a list.", `Write a list: [${print(node)}].`);
    return undefined;
  }
  const items = node.values.map((item) => readValue(item, field.type, report));
  const found = items.filter((item) => item !== undefined);
  return found.length === items.length ? found : undefined;
}

function literalFrom(node: ValueNode): Literal | null {
  switch (node.kind) {
    case Kind.STRING:
      return { kind: "text", text: node.value };
    case Kind.INT:
    case Kind.FLOAT:
      return { kind: "number", text: node.value };
    case Kind.BOOLEAN:
      return { kind: "boolean", value: node.value };
    case Kind.ENUM:
      return { kind: "name", text: node.value };
    case Kind.NULL:
    case Kind.LIST:
    case Kind.OBJECT:
    case Kind.VARIABLE:
      return null;
  }
}
