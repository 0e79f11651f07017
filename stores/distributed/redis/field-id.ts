/** Fields as numbers: what stands in a stored record in place of a field's name and operation. */
import type { StateValue } from "../../ports/state-value.ts";

/** The upper 3 bits of a field's number. Sums stand last in a record: they alone have no length. */
export const operationCodes = { greatest: 1, recent: 2, registers: 3, window: 4, add: 7 } as const;

const CODE_BITS = 29;
const NAME_MASK = 2 ** CODE_BITS - 1;

/** FNV-1a of the name's UTF-8 bytes, 29 bits. Two names of one entity could meet: who writes must check that. */
export function nameHash(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name, "utf8")) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash ^ (hash >>> CODE_BITS)) & NAME_MASK;
}

export function fieldId(hash: number, operation: StateValue["operation"]): number {
  return operationCodes[operation] * 2 ** CODE_BITS + hash;
}

export function operationCode(id: number): number {
  return id >>> CODE_BITS;
}

export function hashOfField(id: number): number {
  return id & NAME_MASK;
}
