/** The fault of a torn log: says what was lost and where reading can go on. Nothing is repaired in silence. */
import { OnefoldError } from "../../schema/errors.ts";

/** A stretch of one partition that cannot be read: the offsets [from, next). */
export interface LostRange {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  /** Reading goes on here. */
  readonly next: number;
}

/** LOG_CORRUPT. The reader reports {@link lost} and may read on at `lost.next`; all before `lost.from` was whole. */
export class LogCorruptError extends OnefoldError {
  readonly lost: LostRange;

  constructor(lost: LostRange, options?: { readonly cause?: unknown }) {
    const range = `offsets ${lost.from} to ${lost.next - 1}`;
    super("LOG_CORRUPT", `Topic ${lost.topic}, partition ${lost.partition}: ${range} failed their checksum.`, options);
    this.lost = lost;
  }
}
