/** Subscriptions that are open: who asks for an equal one joins it. */
import { claimsText } from "../authorization/decide-access.ts";
import type { OperationRequest } from "../operation-request.ts";
import type { CompiledOperation } from "./compile-operation.ts";
import type { PreparedOperation } from "./prepare-operation.ts";
import { SharedStream, type SharedSource } from "./shared-stream.ts";

/** What of a client the answers of any subgraph may depend on. */
export interface SharingRule {
  /** In lower case. */
  readonly headers: readonly string[];
  /** Paths with dots. */
  readonly claims: readonly string[];
}

export class SharedSubscriptions {
  readonly #rule: SharingRule;
  /** By what was compiled, which stands for the operation's text and for what is taken out of it. */
  readonly #open = new WeakMap<CompiledOperation, Map<string, SharedStream>>();

  constructor(rule: SharingRule) {
    this.#rule = rule;
  }

  /** The open subscription that is equal to the request's, else a new one. */
  find(
    request: OperationRequest,
    { compiled, variables }: PreparedOperation,
    source: Omit<SharedSource, "onEnd">,
  ): SharedStream {
    const open = this.#open.get(compiled) ?? new Map<string, SharedStream>();
    this.#open.set(compiled, open);
    const identity = `${this.#client(request)}\n${JSON.stringify(variables)}`;
    const known = open.get(identity);
    if (known !== undefined) return known;
    const stream = new SharedStream({ ...source, onEnd: () => void open.delete(identity) });
    open.set(identity, stream);
    return stream;
  }

  /** What of the client, and of its wishes, messages may depend on. */
  #client({ context: { headers, principal, wantsCursor, wantsPlan } }: OperationRequest): string {
    const read = this.#rule.headers.map((name) => headers[name] ?? null);
    return `${JSON.stringify([wantsCursor, wantsPlan === true, read])}\n${claimsText(this.#rule.claims, principal)}`;
  }
}
