/** Numbers for texts, given in order of first sight: dimension values are hashed and kept once, whatever tables they are in. */

export class TextNumbers {
  /** By what stands in front of the text, which is put together with it only once. */
  readonly #numbers = new Map<string, Map<string, number>>();
  #texts: string[] = [];

  /** The number of `prefix + text`. One text has one prefix only. */
  numberOf(prefix: string, text: string): number {
    let numbers = this.#numbers.get(prefix);
    if (numbers === undefined) this.#numbers.set(prefix, (numbers = new Map<string, number>()));
    const known = numbers.get(text);
    if (known !== undefined) return known;
    const number = this.#texts.push(prefix + text) - 1;
    numbers.set(text, number);
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
