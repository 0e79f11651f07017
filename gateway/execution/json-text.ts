/** JSON text of values, with a short way for the texts and numbers that answers are made of. */

/** Longer texts are left to the engine, which is faster at them than a loop here. */
const maxScanned = 40;
const quote = 34;
const backslash = 92;

/** `null` for undefined, as in a list. */
export function scalarText(value: unknown): string {
  switch (typeof value) {
    case "string":
      return textOf(value);
    case "number":
      return Number.isFinite(value) ? `${value}` : "null";
    case "boolean":
      return value ? "true" : "false";
    default:
      return JSON.stringify(value) ?? "null";
  }
}

function textOf(value: string): string {
  if (value.length > maxScanned) return JSON.stringify(value);
  for (let index = 0; index < value.length; index++) {
    const unit = value.charCodeAt(index);
    // Controls, quotes and halves of pairs need an escape.
    if (unit < 32 || unit === quote || unit === backslash || (unit >= 0xd800 && unit <= 0xdfff)) {
      return JSON.stringify(value);
    }
  }
  return `"${value}"`;
}
