/** Names a scalar type for people: "a Decimal of scale 2", "a Behavior". */
import type { ScalarType } from "../model/value.ts";

export function describeType(type: ScalarType): string {
  switch (type.kind) {
    case "id":
      return "an ID";
    case "int":
      return "an Int";
    case "decimal":
      return `a Decimal of scale ${type.scale}`;
    case "enum":
      return `a value of ${type.name}`;
    case "string":
    case "long":
    case "float":
    case "boolean":
    case "dateTime":
      return `a ${graphqlName(type)}`;
  }
}

/** The GraphQL type name that stands for it in SDL. */
export function graphqlName(type: ScalarType): string {
  switch (type.kind) {
    case "id":
      return "ID";
    case "enum":
      return type.name;
    case "string":
      return "String";
    case "int":
      return "Int";
    case "long":
      return "Long";
    case "float":
      return "Float";
    case "boolean":
      return "Boolean";
    case "dateTime":
      return "DateTime";
    case "decimal":
      return "Decimal";
  }
}
