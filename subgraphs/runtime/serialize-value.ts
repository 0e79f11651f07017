/** A stored value → what the field's scalar takes. Only decimals need their field: it alone knows the scale. */
import type { ScalarType } from "../../schema/model/value.ts";
import type { FieldValue } from "./domain-resolvers.ts";

export function serializeValue(type: ScalarType, value: FieldValue): unknown {
  if (type.kind !== "decimal" || value === null) return value;
  if (typeof value === "object") return value.map((item) => serializeValue(type, item));
  if (typeof value === "number" || typeof value === "bigint") return formatDecimal(value, type.scale);
  throw new TypeError("A decimal is held as an integer of its smallest unit.");
}

/** 1250 at scale 2 is `12.50`. */
export function formatDecimal(units: number | bigint, scale: number): string {
  const text = units.toString();
  const negative = text.startsWith("-");
  const digits = (negative ? text.slice(1) : text).padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale);
  return `${negative ? "-" : ""}${scale === 0 ? whole : `${whole}.${digits.slice(-scale)}`}`;
}
