/** Fields of every type, for expressions in tests. */
import type { EventField } from "../../../schema/model/event.ts";
import type { ScalarType } from "../../../schema/model/value.ts";

const types: readonly (readonly [name: string, type: ScalarType, list?: boolean])[] = [
  ["kind", { kind: "enum", name: "Kind", values: ["retail", "whole", "units"] }],
  ["city", { kind: "string" }],
  ["buyer", { kind: "id" }],
  ["units", { kind: "int" }],
  ["total", { kind: "long" }],
  ["rate", { kind: "float" }],
  ["amount", { kind: "decimal", scale: 2 }],
  ["fee", { kind: "decimal", scale: 3 }],
  ["paid", { kind: "boolean" }],
  ["at", { kind: "dateTime" }],
  ["tags", { kind: "string" }, true],
];

export const fields: readonly EventField[] = types.map(([name, type, list = false], index) => ({
  name,
  index,
  type,
  list,
  nullable: true,
  description: null,
  path: [name],
  defaultValue: undefined,
  timeUnit: "iso",
  map: null,
  normalize: [],
  assertions: [],
}));
