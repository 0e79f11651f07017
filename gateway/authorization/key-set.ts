/** The keys that tokens are checked with: kept while their source is away, read again when a token names a key that is new. */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import { OnefoldError } from "../../schema/errors.ts";
import type { GatewayLogger } from "../gateway-logger.ts";

export interface KeySetOptions {
  /** Reads the text of a JSON Web Key Set. */
  readonly read: (signal: AbortSignal) => Promise<string>;
  /** What messages call the source. */
  readonly source: string;
  readonly refreshEveryMs: number;
  readonly cooldownMs: number;
  readonly timeoutMs: number;
  readonly startTimeoutMs: number;
  readonly logger: GatewayLogger;
}

/** Milliseconds between two attempts at the start. */
const startPauseMs = 500;

export class KeySet {
  readonly #options: KeySetOptions;
  readonly #closing = new AbortController();
  #keys: JWTVerifyGetKey = () => Promise.reject(new Error("No keys have been read."));
  #digest = "";
  #version = 0;
  #problem: string | null = null;
  #reading: Promise<boolean> | undefined;
  #lastReadAt = Number.NEGATIVE_INFINITY;

  /** @throws OnefoldError KEYS_UNAVAILABLE if there are none in time */
  static async open(options: KeySetOptions, signal?: AbortSignal): Promise<KeySet> {
    const keys = new KeySet(options);
    const until = performance.now() + options.startTimeoutMs;
    for (;;) {
      if (await keys.refresh()) break;
      if (performance.now() >= until || signal?.aborted === true) {
        throw new OnefoldError("KEYS_UNAVAILABLE", `No keys for tokens from ${options.source}: ${keys.#problem ?? ""}`);
      }
      await sleep(startPauseMs, undefined, { signal }).catch(() => undefined);
    }
    void keys.#keepFresh();
    return keys;
  }

  private constructor(options: KeySetOptions) {
    this.#options = options;
  }

  /** Rises when the keys have changed: what was checked with other keys is to be checked again. */
  get version(): number {
    return this.#version;
  }

  /** Why the keys could not be read last; null if they could. Those from before go on. */
  get problem(): string | null {
    return this.#problem;
  }

  get find(): JWTVerifyGetKey {
    return this.#keys;
  }

  /** A token names a key that is not known. Answers whether the keys were read again. */
  async missed(): Promise<boolean> {
    if (performance.now() - this.#lastReadAt < this.#options.cooldownMs) return false;
    return this.refresh();
  }

  /** Reads the keys; whoever asks meanwhile waits for the same. Answers whether it went well. Never rejects. */
  refresh(): Promise<boolean> {
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  close(): void {
    this.#closing.abort();
  }

  async #read(): Promise<boolean> {
    const { read, source, timeoutMs, logger } = this.#options;
    this.#lastReadAt = performance.now();
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(timeoutMs)]);
    try {
      this.#take(await read(signal));
      if (this.#problem !== null) logger.info({ source }, "Keys for tokens are read again.");
      this.#problem = null;
      return true;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (this.#closing.signal.aborted) return false;
      // Said once while it lasts.
      if (this.#problem === null) {
        logger.warn({ source, reason }, "Keys for tokens cannot be read; those that were read before are used.");
      }
      this.#problem = reason;
      return false;
    }
  }

  #take(text: string): void {
    const digest = createHash("sha256").update(text).digest("hex");
    if (digest === this.#digest) return;
    this.#keys = createLocalJWKSet(parseKeySet(text));
    this.#digest = digest;
    this.#version += 1;
  }

  async #keepFresh(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await sleep(this.#options.refreshEveryMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (!signal.aborted) await this.refresh();
    }
  }
}

/** An empty set is no set: a provider that loses its keys must not lock everyone out. */
function parseKeySet(text: string): JSONWebKeySet {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new Error("it is not JSON");
  }
  const keys = typeof parsed === "object" && parsed !== null && "keys" in parsed ? parsed.keys : undefined;
  if (!Array.isArray(keys) || keys.length === 0) throw new Error("it has no `keys`");
  // A secret in a set of public keys would let whoever reads the set make tokens.
  const usable = keys.filter((key: unknown) => isRecord(key) && typeof key["kty"] === "string" && key["kty"] !== "oct");
  if (usable.length === 0) throw new Error("it has no public key");
  return { keys: usable as JSONWebKeySet["keys"] };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
