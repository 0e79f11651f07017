/** What one projection keeps while it walks: where it is, and whether a null has already been accounted for. */
import type { FieldError } from "./execution-state.ts";

/** Stands for a value that became null because of an error that is already reported. */
export const propagated: unique symbol = Symbol("propagated null");

/** A path's next keys; `end` marks a path that ends here. */
interface PathNode {
  end: boolean;
  readonly next: Map<string | number, PathNode>;
}

export class ProjectionRun {
  /** Keys as the plan has them, from the root to the value in hand. */
  readonly path: (string | number)[] = [];
  readonly #errors: FieldError[];
  #reported: PathNode | undefined;

  constructor(errors: FieldError[]) {
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

  #report(message: string): void {
    const error: FieldError = { message, path: [...this.path], extensions: { code: "INTERNAL" } };
    this.#errors.push(error);
    addPath((this.#reported ??= this.#index()), error);
  }

  #index(): PathNode {
    const root: PathNode = { end: false, next: new Map() };
    for (const error of this.#errors) addPath(root, error);
    return root;
  }

  #isExplained(): boolean {
    let node: PathNode | undefined = (this.#reported ??= this.#index());
    for (const key of this.path) {
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
