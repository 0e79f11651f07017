/** A fast path in memory that tests can break: messages are held back, dropped, or delivered in any order. */
import type { FastPath, FastPathListener } from "../../../../stores/distributed/change-feed/fast-path.ts";

interface Message {
  readonly channel: string;
  readonly message: Buffer;
}

/** What joins the fast paths of several processes. */
export class MemoryBus {
  readonly #listeners: { readonly channels: ReadonlySet<string>; readonly listener: FastPathListener }[] = [];
  /** What was sent, for as long as {@link holds}. */
  readonly held: Message[] = [];
  holds = false;
  drops: boolean | "some" = false;
  counts = { sent: 0, listens: 0, renewals: 0 };

  open(): FastPath {
    return {
      send: (channel, message) => this.#send({ channel, message: Buffer.from(message) }),
      listen: (channels, listener) => {
        this.counts.listens++;
        this.#listeners.push({ channels: new Set(channels), listener });
        setImmediate(() => listener.connected());
      },
      renew: () => {
        this.counts.renewals++;
      },
    };
  }

  deliver({ channel, message }: Message): void {
    for (const { channels, listener } of this.#listeners) {
      if (channels.has(channel)) listener.message(channel, message);
    }
  }

  /** As after a connection came back. */
  connectAll(): void {
    for (const { listener } of this.#listeners) listener.connected();
  }

  #send(message: Message): void {
    this.counts.sent++;
    if (this.drops === true || (this.drops === "some" && this.counts.sent % 2 === 0)) return;
    if (this.holds) this.held.push(message);
    else setImmediate(() => this.deliver(message));
  }
}
