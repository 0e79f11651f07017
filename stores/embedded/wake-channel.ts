/** Tells every thread of the process that opened the same environment what has just been committed to it. */
import { realpathSync } from "node:fs";
import { BroadcastChannel } from "node:worker_threads";

/**
 * A message reaches all other channels of the same path, in this thread and in others; this side hears its own messages
 * too. Only a hint that saves asking: the receiver reads the environment. Does not keep the process alive.
 */
export class WakeChannel<Message> implements Disposable {
  readonly #channel: BroadcastChannel;
  readonly #hear: (message: Message) => void;
  #closed = false;

  constructor(path: string, hear: (message: Message) => void) {
    this.#channel = new BroadcastChannel(`onefold:${realpathSync(path)}`);
    this.#channel.onmessage = (event) => hear((event as { readonly data: Message }).data);
    this.#channel.unref();
    this.#hear = hear;
  }

  /** Reaches nobody once it is closed. */
  tell(message: Message): void {
    if (this.#closed) return;
    this.#hear(message);
    this.#channel.postMessage(message);
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#channel.close();
  }
}
