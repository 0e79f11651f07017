/** A label whose values come from outside: the first ones are kept apart, all others are one. */

/** The value that stands for all that are not kept apart. */
export const OTHER = "other";

/** What is longer is no name that somebody reads. */
const maxLength = 100;

export class BoundedLabel {
  readonly #known = new Set<string>();
  readonly #most: number;

  /** @param most values besides `other` */
  constructor(most: number) {
    this.#most = most;
  }

  /** The same text each time, or `other`. */
  valueOf(text: string): string {
    if (this.#known.has(text)) return text;
    if (this.#known.size >= this.#most || text.length > maxLength) return OTHER;
    this.#known.add(text);
    return text;
  }
}
