/** What one projection keeps while it walks: the data, where it is, and whether a null has already been accounted for. */
import { deniedCode, deniedMessage } from "../authorization/denied-error.ts";
import type { FieldError } from "./execution-state.ts";
import { maxErrors } from "./fetch-errors.ts";
import type { JoinedData } from "./joined-data.ts";
import type { JsonWriter } from "./json-writer.ts";

/** Writes a value as JSON, and says what it was. */
export type Write = (value: unknown, run: ProjectionRun) => Written;

/** `nothing`: null was written. `propagated`: an error that is reported made it null, and what was written is not to stay. */
export type Written = typeof something | typeof nothing | typeof propagated;

export const something = 0;
export const nothing = 1;
export const propagated = 2;

/** Thrown by a run that does not know where it is, when there is something to report. */
export const needsPaths: unique symbol = Symbol("a projection that needs paths");

export interface ProjectionInput {
  readonly data: JoinedData;
  /** Those of the fetches; the projection adds its own. */
  readonly errors: FieldError[];
  readonly out: JsonWriter;
}

/** A path's next keys; `end` marks a path that ends here. */
interface PathNode {
  end: boolean;
  readonly next: Map<string | number, PathNode>;
}

export class ProjectionRun {
  readonly data: JoinedData;
  readonly out: JsonWriter;
  /** Keys as the plan has them, from the root to the value in hand; null: they are not kept, which is faster. */
  readonly path: (string | number)[] | null;
  /** What was written of shared objects, by writer. */
  readonly memories = new Map<object, Map<object, unknown>>();
  readonly #errors: FieldError[];
  #reported: PathNode | undefined;

  /** @param path where it begins, for paths to be kept */
  constructor({ data, errors, out }: ProjectionInput, path: (string | number)[] | null) {
    this.data = data;
    this.out = out;
    this.path = path;
    this.#errors = errors;
  }

  /** Reports a null where the schema allows none, unless an error above, at or below this place explains it. */
  reportNull(parent: string, field: string): void {
    if (this.#isExplained()) return;
    this.#report(`Cannot return null for non-nullable field ${parent}.${field}.`);
  }

  /** Reports a value that is not what the schema says. */
  reportValue(message: string): void {
    this.#report(message);
  }

  /** Reports a field that the client may not have. An answer with very many errors is not told more of them. */
  reportDenied(): void {
    if (this.#errors.length < maxErrors) this.#report(deniedMessage, deniedCode);
  }

  #report(message: string, code = "INTERNAL"): void {
    const error: FieldError = { message, path: [...this.#whereabouts()], extensions: { code } };
    this.#errors.push(error);
    addPath((this.#reported ??= this.#index()), error);
  }

  #index(): PathNode {
    const root: PathNode = { end: false, next: new Map() };
    for (const error of this.#errors) addPath(root, error);
    return root;
  }

  #whereabouts(): readonly (string | number)[] {
    // A null that is thrown here costs a second projection, which only faulty answers need.
    // eslint-disable-next-line @typescript-eslint/only-throw-error
    if (this.path === null) throw needsPaths;
    return this.path;
  }

  #isExplained(): boolean {
    let node: PathNode | undefined = (this.#reported ??= this.#index());
    for (const key of this.#whereabouts()) {
      if (node === undefined || node.end) break;
      node = node.next.get(key);
    }
    return node !== undefined;
  }
}

function addPath(root: PathNode, error: FieldError): void {
  let node = root;
  for (const key of error.path ?? []) {
    let next = node.next.get(key);
    if (next === undefined) {
      next = { end: false, next: new Map() };
      node.next.set(key, next);
    }
    node = next;
  }
  node.end = true;
}
