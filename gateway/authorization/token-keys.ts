/** Checks of tokens: with one key that never changes, or with a set of keys that is read again. */
import { createPublicKey, createSecretKey, type KeyObject } from "node:crypto";
import { errors, jwtVerify, type JWTPayload, type JWTVerifyOptions } from "jose";
import { OnefoldError } from "../../schema/errors.ts";
import type { JwtSettings } from "./jwt-options.ts";
import { KeySet } from "./key-set.ts";
import { readKeySetFile, readKeySetUrl } from "./read-key-set.ts";

export interface TokenKeys {
  /** Rises when the keys have changed. */
  readonly version: number;
  /** Why the keys could not be read last; null if they could. */
  readonly problem: string | null;
  /** Rejects with an error of jose's for a token that is not good. */
  verify(token: string, options: JWTVerifyOptions): Promise<JWTPayload>;
  close(): void;
}

/** HMAC keys are at least as long as what they make, in bytes (RFC 7518, 3.2). */
const minSecretBytes = 32;

/** @throws OnefoldError KEYS_UNAVAILABLE, INPUT_INVALID */
export async function openTokenKeys(settings: JwtSettings, signal?: AbortSignal): Promise<TokenKeys> {
  const { keys } = settings;
  switch (keys.kind) {
    case "public":
      return fixedKey(readPublicKey(keys.pem));
    case "secret":
      return fixedKey(readSecret(keys.secret));
    case "file":
      return setOfKeys(
        await KeySet.open({ ...settings, source: keys.path, read: () => readKeySetFile(keys.path) }, signal),
      );
    case "url":
      return setOfKeys(
        await KeySet.open({ ...settings, source: keys.url, read: (until) => readKeySetUrl(keys.url, until) }, signal),
      );
  }
}

function fixedKey(key: KeyObject): TokenKeys {
  return {
    version: 0,
    problem: null,
    verify: async (token, options) => (await jwtVerify(token, key, options)).payload,
    close: () => {},
  };
}

function setOfKeys(keys: KeySet): TokenKeys {
  const verify = async (token: string, options: JWTVerifyOptions): Promise<JWTPayload> =>
    (await jwtVerify(token, keys.find, options)).payload;
  return {
    get version() {
      return keys.version;
    },
    get problem() {
      return keys.problem;
    },
    verify: async (token, options) => {
      try {
        return await verify(token, options);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey) || !(await keys.missed())) throw error;
        return verify(token, options);
      }
    },
    close: () => keys.close(),
  };
}

function readPublicKey(pem: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch {
    throw new OnefoldError("INPUT_INVALID", "The public key for tokens is no PEM of a public key or certificate.");
  }
}

function readSecret(secret: string): KeyObject {
  const bytes = Buffer.from(secret);
  if (bytes.length >= minSecretBytes) return createSecretKey(bytes);
  const message = `The secret for tokens has ${bytes.length} bytes; it needs at least ${minSecretBytes}.`;
  throw new OnefoldError("INPUT_INVALID", message);
}
