/** Numbers for names, given once and kept: field and entity names take two bytes in keys and records. */
import type { Database } from "lmdb";
import { OnefoldError } from "../../schema/errors.ts";
import { openText, sealText } from "./sealed-bytes.ts";

/** A persistent, growing name ↔ number table. Numbers start at 1 and are never reused. */
export class NameTable {
  readonly #stored: Database<string, string>;
  readonly #numbers = new Map<string, number>();
  readonly #names: string[] = [""];

  constructor(stored: Database<string, string>) {
    this.#stored = stored;
    this.#load();
  }

  /** Gives the number of a name, or 0 if it has none. */
  find(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#load();
    return this.#numbers.get(name) ?? 0;
  }

  /** Gives the number of a name, storing a new one. Only inside a write transaction. */
  numberOf(name: string): number {
    const known = this.find(name);
    if (known !== 0) return known;
    const number = this.#names.length;
    if (number > 0xfffe) throw new OnefoldError("STORE_UNAVAILABLE", "The state store holds 65,534 names already.");
    const key = String(number).padStart(5, "0");
    this.#stored.putSync(key, sealText(key, name));
    this.#remember(number, name);
    return number;
  }

  /** The highest number whose name is given without reading the store. */
  get highest(): number {
    return this.#names.length - 1;
  }

  /** Gives the name of a number that some record holds; one above {@link highest} is looked up in the store. */
  nameOf(number: number): string {
    if (number >= this.#names.length) this.#load();
    return this.#names[number] ?? "";
  }

  /** Forgets what is not stored: after a transaction that was rolled back. */
  reload(): void {
    this.#numbers.clear();
    this.#names.length = 1;
    this.#load();
  }

  #load(): void {
    for (const { key, value } of this.#stored.getRange({})) {
      const body = openText(key, value);
      if (body === undefined) {
        throw new OnefoldError("STORE_UNAVAILABLE", `The state store's name ${key} fails its checksum.`);
      }
      this.#remember(Number(key), JSON.parse(body) as string);
    }
  }

  #remember(number: number, name: string): void {
    this.#numbers.set(name, number);
    this.#names[number] = name;
  }
}
