/** What the generator gives: one raw record for a source, as the outside would send it. */

export interface GeneratedRecord {
  readonly source: string;
  /** JSON text; of a corrupt record perhaps not. */
  readonly raw: string;
  /** When it is sent, UTC epoch milliseconds. Its event may be older. */
  readonly sentAt: number;
}

/** Times as most sources write them. */
export function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

/** Cents as decimal text: 1250 is "12.50". */
export function decimal(cents: number): string {
  return `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, "0")}`;
}
