/** Writes numbers for people. */

/** `96,169` */
export function formatCount(value: number): string {
  return value.toLocaleString("en-US");
}

/** `1 event`, `96,169 events` */
export function formatCounted(value: number, one: string, many = `${one}s`): string {
  return `${formatCount(value)} ${value === 1 ? one : many}`;
}
