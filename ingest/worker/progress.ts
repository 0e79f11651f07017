/** What a worker tells about each step it made: how far each stage is, and what became of the records. */

/** Outcomes of the records of one producer, counted as they are processed by this worker. */
export interface Tally {
  readonly applied: number;
  readonly duplicates: number;
  readonly quarantined: number;
  /** Of those applied, how many were later than their event's bound. */
  readonly late: number;
}

/** One step of one partition: [from, to) went through the state stage. */
export interface IngestProgress {
  readonly generation: number;
  readonly topic: string;
  readonly partition: number;
  /** What the state store includes. */
  readonly stateTo: number;
  /** What the series store includes. */
  readonly seriesTo: number;
  /** By the producer named in the records' origin; absent where nothing was processed. */
  readonly tallies: Readonly<Record<string, Tally>>;
}

export const emptyTally: Tally = { applied: 0, duplicates: 0, quarantined: 0, late: 0 };

export function addTallies(a: Tally, b: Tally): Tally {
  return {
    applied: a.applied + b.applied,
    duplicates: a.duplicates + b.duplicates,
    quarantined: a.quarantined + b.quarantined,
    late: a.late + b.late,
  };
}
