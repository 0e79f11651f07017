/** The operations of one WebSocket by the client's ids, in front of graphql-ws, which takes an id for its operation. */

/** Hands a message to graphql-ws, read, or as text that is no JSON; settles when what it began is over. */
type Receive = (message: unknown) => Promise<void>;

interface Operation {
  readonly abort: AbortController;
  /** The client has completed it, so that its id is free, but what it began is not over yet. */
  isEnding: boolean;
  /** The message of the next operation of the same id, which waits for this one's end. */
  next: object | undefined;
}

/** Only a server sends these. */
const serverTypes = new Set<unknown>(["connection_ack", "next", "error"]);

/** What a message is refused with: the socket is closed. */
export interface Refusal {
  readonly code: 4400 | 4409;
  readonly reason: string;
}

/**
 * A client may use an id again once it has completed its operation. graphql-ws would send what the old operation still has
 * to say, and its end, to the new one; so the new one waits until the old one, which is aborted, is over.
 */
export class SocketOperations {
  readonly #operations = new Map<string, Operation>();
  readonly #receive: Receive;

  constructor(receive: Receive) {
    this.#receive = receive;
  }

  /** How many are under way. */
  get size(): number {
    return this.#operations.size;
  }

  /** Takes a message of the client; a refusal is for the caller to close the socket with. Rejects if handling it fails. */
  async take(text: string): Promise<Refusal | undefined> {
    const message = readMessage(text);
    if (typeof message === "object" && message !== null && "type" in message) {
      const { type } = message;
      const id = "id" in message ? message.id : undefined;
      if (serverTypes.has(type)) return { code: 4400, reason: "Invalid message received" };
      if (typeof id === "string" && type === "subscribe") return this.#subscribe(id, message);
      if (typeof id === "string" && type === "complete") return this.#complete(id, message);
    }
    await this.#receive(message);
    return undefined;
  }

  /** Aborts when the client completes the operation, or is gone. */
  signalOf(id: string): AbortSignal | undefined {
    return this.#operations.get(id)?.abort.signal;
  }

  /** The client is gone. */
  abort(): void {
    for (const operation of this.#operations.values()) {
      operation.next = undefined;
      operation.abort.abort();
    }
  }

  async #subscribe(id: string, message: object): Promise<Refusal | undefined> {
    const operation = this.#operations.get(id);
    if (operation === undefined) return this.#run(id, message);
    if (!operation.isEnding || operation.next !== undefined) {
      return { code: 4409, reason: `Subscriber for ${id} already exists` };
    }
    operation.next = message;
    return undefined;
  }

  async #complete(id: string, message: object): Promise<undefined> {
    const operation = this.#operations.get(id);
    if (operation === undefined) return;
    if (operation.isEnding) {
      operation.next = undefined;
      return;
    }
    operation.isEnding = true;
    const ended = this.#receive(message);
    operation.abort.abort();
    await ended;
  }

  async #run(id: string, message: object): Promise<undefined> {
    for (let next: object | undefined = message; next !== undefined;) {
      const operation: Operation = { abort: new AbortController(), isEnding: false, next: undefined };
      this.#operations.set(id, operation);
      try {
        await this.#receive(next);
      } finally {
        this.#operations.delete(id);
      }
      next = operation.next;
    }
  }
}

function readMessage(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // graphql-ws closes the socket for it.
    return text;
  }
}
