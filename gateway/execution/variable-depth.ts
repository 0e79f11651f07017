/** Variables nested absurdly deep are refused before anything that walks or writes them by recursion could choke on them. */

/** A generous bound: what is coerced, copied and written again goes this deep on any stack. */
export const maxVariableDepth = 200;

/** Whether a JSON value has more lists and objects inside one another than `levels`. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  for (const child of Object.values(value)) if (isDeeperThan(child, levels - 1)) return true;
  return false;
}
