/** Queries that are under way: who asks for one of them meanwhile waits for its answer. */
import type { Generation } from "../generation.ts";

export class SharedQueries<Answer> {
  readonly #running = new WeakMap<Generation, Map<string, Promise<Answer>>>();

  /** The answer to come of the query with this `identity` that is under way on the generation. */
  find(generation: Generation, identity: string): Promise<Answer> | undefined {
    return this.#running.get(generation)?.get(identity);
  }

  /** Others may join it until it is answered. An answer is not kept: whoever asks once it is there gets a new one. */
  add(generation: Generation, identity: string, answer: Promise<Answer>): Promise<Answer> {
    let running = this.#running.get(generation);
    if (running === undefined) this.#running.set(generation, (running = new Map<string, Promise<Answer>>()));
    const known = running;
    const shared = answer.finally(() => known.delete(identity));
    running.set(identity, shared);
    return shared;
  }
}
