/** Numbers for texts, given in order of first sight: dimension values are hashed and kept once, whatever tables they are in. */

export class TextNumbers {
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [];

  numberOf(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = this.#texts.push(text) - 1;
    this.#numbers.set(text, number);
    return number;
  }

  textOf(number: number): string {
    return this.#texts[number] ?? "";
  }

  clear(): void {
    this.#numbers.clear();
    this.#texts.length = 0;
  }
}
