/** Numbers for texts, given in order of first sight: dimension values are hashed and kept once, whatever tables they are in. */

export class TextNumbers {
  readonly #numbers = new Map<string, number>();
  #texts: string[] = [];

  numberOf(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = this.#texts.push(text) - 1;
    this.#numbers.set(text, number);
    return number;
  }

  /** All texts by number. Those that are there stay, also after `clear`. */
  all(): readonly string[] {
    return this.#texts;
  }

  clear(): void {
    this.#numbers.clear();
    this.#texts = [];
  }
}
