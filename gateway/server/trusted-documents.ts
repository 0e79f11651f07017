/** The only documents that run, by id: a list that may be replaced while it serves. */

export type DocumentTexts = Readonly<Record<string, string>>;

export class TrustedDocuments {
  #byId: ReadonlyMap<string, string> = new Map();
  #texts: ReadonlySet<string> = new Set();

  constructor(documents: DocumentTexts) {
    this.replace(documents);
  }

  /** How many there are. */
  get size(): number {
    return this.#byId.size;
  }

  /** Undefined where there is none of that id. */
  text(id: string): string | undefined {
    return this.#byId.get(id);
  }

  has(text: string): boolean {
    return this.#texts.has(text);
  }

  /** From now on only these run. */
  replace(documents: DocumentTexts): void {
    this.#byId = new Map(Object.entries(documents));
    this.#texts = new Set(this.#byId.values());
  }
}
