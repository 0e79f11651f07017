/** What a worker tells about each step it made: how far each stage is, and what became of the records. */
import type { Tally } from "../models/outcome-tallies.ts";

/** One step of one partition: [from, to) went through the state stage. */
export interface IngestProgress {
  readonly generation: number;
  readonly topic: string;
  readonly partition: number;
  /** What the state store includes. */
  readonly stateTo: number;
  /** What the series store includes. */
  readonly seriesTo: number;
  /** What became of the records of this step. */
  readonly outcomes: Tally;
}
