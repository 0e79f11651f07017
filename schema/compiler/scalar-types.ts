/** Maps SDL type names to the scalar types of the model. */
import type { ScalarType } from "../model/value.ts";
import type { DomainDeclaration } from "./compilation.ts";

const plain: Readonly<Record<string, ScalarType>> = {
  ID: { kind: "id" },
  String: { kind: "string" },
  Int: { kind: "int" },
  Long: { kind: "long" },
  Float: { kind: "float" },
  Boolean: { kind: "boolean" },
  DateTime: { kind: "dateTime" },
};

/** What people write who come from other schemas, and what it is called here. */
export const foreignTypeNames: Readonly<Record<string, string>> = {
  Date: "DateTime",
  Time: "DateTime",
  Timestamp: "DateTime",
  Datetime: "DateTime",
  BigInt: "Long",
  Int64: "Long",
  Count: "Long",
  Double: "Float",
  Money: "Decimal",
  BigDecimal: "Decimal",
  Text: "String",
  Bool: "Boolean",
  UUID: "ID",
};

/** Undefined for anything that is not a value type of an event field. `scale` is for Decimal only. */
export function scalarTypeOf(name: string, domain: DomainDeclaration, scale: number): ScalarType | undefined {
  if (name === "Decimal") return { kind: "decimal", scale };
  const declared = domain.types.get(name);
  if (declared?.kind === "enum") {
    return { kind: "enum", name, values: declared.values.map((value) => value.name.value) };
  }
  return Object.hasOwn(plain, name) ? plain[name] : undefined;
}
