/** Queries that are under way: who asks for one of them meanwhile waits for its answer. */
import type { Generation } from "../generation.ts";

export class SharedQueries<Answer> {
  readonly #running = new WeakMap<Generation, Map<string, Promise<Answer>>>();

  /**
   * Runs `run` unless it is under way for the same generation and `identity`. An answer is not kept: whoever asks once it is
   * there gets a new one.
   */
  join(generation: Generation, identity: string, run: () => Promise<Answer>): Promise<Answer> {
    let running = this.#running.get(generation);
    if (running === undefined) this.#running.set(generation, (running = new Map<string, Promise<Answer>>()));
    const known = running.get(identity);
    if (known !== undefined) return known;
    const answer = run().finally(() => running.delete(identity));
    running.set(identity, answer);
    return answer;
  }
}
