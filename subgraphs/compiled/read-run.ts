/**
 * One run of a compiled operation: values are put in their places as they come, and loads that are asked for meanwhile are
 * sent together. What is no plain answer (an error of any kind) ends the run as refused.
 */
import type { EntityLoad } from "../runtime/entity-loader.ts";
import { nodeOf, type EntityNode } from "../runtime/entity-node.ts";
import type { ExecutionContext } from "../runtime/execution-context.ts";

/** An object or a list on its way to the answer. */
export type Container = Record<string | number, unknown>;

/** Puts a value, completed, at `at` of `out`, now or later in the run. Throws what is to be refused. */
export type Complete = (value: unknown, run: ReadRun, place: Place) => void;

/** Puts one field of `parent` at its place. */
export type WriteField = (parent: unknown, run: ReadRun, place: Place) => void;

/** Where a value goes. */
export interface Place {
  readonly out: Container;
  readonly at: string | number;
}

/** What all loads of one field share. */
export interface LinkLoad extends Pick<EntityLoad, "entity" | "selection"> {
  readonly mustExist: boolean;
  readonly typeName: string | undefined;
  readonly complete: Complete;
}

interface PendingLoad extends EntityLoad {
  readonly link: LinkLoad;
  readonly place: Place;
  readonly lend: ((node: EntityNode) => EntityNode) | undefined;
}

/** Thrown where compiled code meets what only graphql-js answers. */
export class Refused extends Error {}

export class ReadRun {
  readonly context: ExecutionContext;
  /** Coerced. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Of fields whose arguments have variables: their values in this run, by the fields' numbers. */
  readonly args: Readonly<Record<string, unknown>>[] = [];
  #queue: PendingLoad[] = [];
  #pending = 0;
  #isRefused = false;
  #settle: () => void = () => undefined;

  constructor(context: ExecutionContext, variables: Readonly<Record<string, unknown>>) {
    this.context = context;
    this.variables = variables;
  }

  /** The answer's data; undefined if it is refused. Never rejects. */
  async answer(start: (run: ReadRun) => Container): Promise<Container | undefined> {
    let data: Container | undefined;
    this.#proceed(() => (data = start(this)));
    if (this.#pending > 0 && !this.#isRefused) await new Promise<void>((resolve) => (this.#settle = resolve));
    return this.#isRefused ? undefined : data;
  }

  load(link: LinkLoad, key: string, place: Place, lend?: (node: EntityNode) => EntityNode): void {
    place.out[place.at] = null;
    const { entity, selection, mustExist } = link;
    this.#queue.push({ entity, key, selection, probe: mustExist, link, place, lend });
  }

  wait(promise: PromiseLike<unknown>, complete: Complete, place: Place): void {
    place.out[place.at] = null;
    this.#follow(promise, (value) => complete(value, this, place));
  }

  /** Whatever the run does meanwhile, it ends as refused. */
  refuse(): void {
    this.#isRefused = true;
  }

  #follow<Value>(promise: PromiseLike<Value>, then: (value: Value) => void): void {
    this.#pending++;
    promise.then(
      (value) => {
        this.#pending--;
        if (!this.#isRefused) this.#proceed(() => then(value));
      },
      () => {
        this.refuse();
        this.#settle();
      },
    );
  }

  /** Goes on as far as it goes, and sends what was asked for on the way. */
  #proceed(step: () => void): void {
    try {
      step();
      this.#send();
    } catch {
      this.refuse();
    }
    if (this.#pending === 0 || this.#isRefused) this.#settle();
  }

  #send(): void {
    const loads = this.#queue;
    if (loads.length === 0) return;
    this.#queue = [];
    this.#follow(this.context.reads.entities.loadAll(loads), (loaded) => {
      for (let i = 0; i < loads.length; i++) {
        const load = loads[i];
        const found = loaded[i];
        if (load === undefined || found === undefined || found instanceof Error) throw new Refused();
        const node = nodeOf(this.context, load.link, found);
        const { lend } = load;
        load.link.complete(node === null || lend === undefined ? node : lend(node), this, load.place);
      }
    });
  }
}
