/** The way on which changes reach other processes at once. Whatever it loses is found in the log. */

export interface FastPath {
  /** Tells whoever listens to a channel. Never waits and never throws; what cannot be sent now is dropped. */
  send(channel: string, message: Buffer): void;
  /** Listens for as long as the fast path is open; called once. Messages of one sender and channel keep their order. */
  listen(channels: readonly string[], listener: FastPathListener): void;
  /** Gives up the way on which it listens and takes a new one: messages do not seem to arrive. */
  renew(): void;
}

export interface FastPathListener {
  message(channel: string, message: Buffer): void;
  /** From now on messages arrive, at first or again; what was sent before may be lost. */
  connected(): void;
}
