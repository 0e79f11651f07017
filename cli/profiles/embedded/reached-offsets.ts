/** How far the generations that one thread feeds are, so that one can wait for another. */
import type { IngestProgress } from "../../../ingest/worker/progress.ts";

/** How far each generation's state is, by partition. */
export class ReachedOffsets {
  readonly #offsets = new Map<string, number>();
  #changed: () => void = () => undefined;

  note({ generation, topic, partition, stateTo }: IngestProgress): void {
    this.#offsets.set(`${String(generation)} ${topic}/${String(partition)}`, stateTo);
    this.#changed();
  }

  /** Resolves once a generation that is being fed includes all that another one does. */
  async until(generation: number, other: number): Promise<void> {
    const prefix = `${String(other)} `;
    const wanted = [...this.#offsets].filter(([key]) => key.startsWith(prefix));
    const behind = ([key, offset]: readonly [string, number]): boolean =>
      (this.#offsets.get(`${String(generation)} ${key.slice(prefix.length)}`) ?? 0) < offset;
    while (wanted.some(behind)) await new Promise<void>((resolve) => (this.#changed = resolve));
  }
}
