/**
 * One subscription to a subgraph for several clients: each of its messages is made once and handed to all.
 *
 *     subgraph ──event──> message ──┬─> queue ──> client
 *                                   └─> queue ──> client
 */
import type { ExecutionResult } from "graphql";
import type { MessageKind, SubgraphResult } from "../subgraph-transport.ts";
import { createResultQueue, type ResultQueue } from "../transport/result-queue.ts";
import { writtenBytes } from "./operation-answer.ts";

export interface SharedSource {
  readonly messageKind: MessageKind;
  /** Aborting the signal ends it. */
  readonly open: (signal: AbortSignal) => AsyncIterable<SubgraphResult>;
  readonly toMessage: (event: SubgraphResult, signal: AbortSignal) => Promise<ExecutionResult>;
  /** What a client that is too slow is told at last. */
  readonly tooSlow: SubgraphResult;
  /** Called once, when nobody may join any more. */
  readonly onEnd: () => void;
}

/** The last message to a client if the source fails: each is told in its own words. */
export type ToFailure = (error: unknown) => ExecutionResult;

interface Member {
  readonly queue: ResultQueue<ExecutionResult>;
  /** Events that had come before it joined. */
  readonly after: number;
  readonly toFailure: ToFailure;
}

/**
 * Opened by the first client, ended by its source or with the last client. A client gets what comes after it joined. Of states,
 * the next is asked for when some client waits for it, so the fastest sets the pace; events are taken as they come.
 */
export class SharedStream {
  readonly #source: SharedSource;
  readonly #members = new Set<Member>();
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #arrived = 0;
  #proceed: () => void = () => undefined;

  constructor(source: SharedSource) {
    this.#source = source;
  }

  /** Not after `onEnd`. Returning the iterator leaves. */
  join(toFailure: ToFailure): AsyncIterableIterator<ExecutionResult, undefined> {
    const queue = createResultQueue<ExecutionResult>(this.#source.messageKind);
    const member: Member = { queue, after: this.#arrived, toFailure };
    this.#members.add(member);
    const messages: AsyncIterableIterator<ExecutionResult, undefined> = {
      next: () => {
        const turn = queue.next();
        if (queue.isAwaited) this.#proceed();
        return turn;
      },
      return: () => {
        queue.clear();
        this.#leave(member);
        return Promise.resolve({ done: true, value: undefined });
      },
      [Symbol.asyncIterator]: () => messages,
    };
    this.#running ??= this.#run();
    return messages;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const { open, toMessage, messageKind } = this.#source;
    try {
      for await (const event of open(signal)) {
        const arrived = ++this.#arrived;
        const message = await toMessage(event, signal);
        if (signal.aborted) return;
        this.#deliver(message, arrived);
        if (messageKind.kind === "states") await this.#untilAwaited();
      }
      this.#end(() => undefined);
    } catch (error) {
      if (!signal.aborted) this.#end(({ toFailure }) => toFailure(error));
    }
  }

  #deliver(message: ExecutionResult, arrived: number): void {
    const bytes = writtenBytes(message);
    for (const member of this.#members) {
      if (member.after < arrived && !member.queue.push(message, bytes)) void this.#drop(member);
    }
  }

  async #untilAwaited(): Promise<void> {
    for (const { queue } of this.#members) if (queue.isAwaited) return;
    await new Promise<void>((resolve) => (this.#proceed = resolve));
  }

  async #drop(member: Member): Promise<void> {
    this.#members.delete(member);
    const { toMessage, tooSlow } = this.#source;
    member.queue.end(await toMessage(tooSlow, this.#stop.signal).catch(member.toFailure));
    this.#leave(member);
  }

  #leave(member: Member): void {
    this.#members.delete(member);
    if (this.#members.size === 0) this.#close();
  }

  /** What is queued is still read. */
  #end(lastOf: (member: Member) => ExecutionResult | undefined): void {
    this.#close();
    for (const member of this.#members) member.queue.end(lastOf(member));
    this.#members.clear();
  }

  #close(): void {
    if (this.#stop.signal.aborted) return;
    this.#source.onEnd();
    this.#stop.abort();
    this.#proceed();
  }
}
