/** The ready authorisation hook: bearer tokens that are JSON Web Tokens, checked with the keys of whoever issues them. */
import { errors, type JWTPayload, type JWTVerifyOptions } from "jose";
import { LruCache } from "../planning/lru-cache.ts";
import { findToken } from "./find-token.ts";
import { jwtSettings, type JwtOptions, type JwtSettings } from "./jwt-options.ts";
import { openTokenKeys, type TokenKeys } from "./token-keys.ts";
import { unauthenticated, type Authorize, type Principal } from "./principal.ts";
import { readNames } from "./read-claim.ts";

export interface JwtHook extends AsyncDisposable {
  readonly authorize: Authorize;
  /** What an operator should know, though tokens are checked: keys that cannot be read again. */
  warnings(): readonly string[];
  /** Stops reading keys. Idempotent. */
  close(): void;
}

/** Tokens that are known to be good; their text is bounded by the limit on tokens. */
const maxKnownTokens = 1_000;

/**
 * Waits for the keys.
 * @throws OnefoldError KEYS_UNAVAILABLE, INPUT_INVALID for options that do not fit together
 */
export async function openJwtHook(options: JwtOptions, signal?: AbortSignal): Promise<JwtHook> {
  const settings = jwtSettings(options);
  const keys = await openTokenKeys(settings, signal);
  return {
    authorize: createAuthorize(settings, keys),
    warnings: () => (keys.problem === null ? [] : [`Keys for tokens cannot be read: ${keys.problem}.`]),
    close: () => keys.close(),
    [Symbol.asyncDispose]: async () => keys.close(),
  };
}

interface Known {
  readonly principal: Principal;
  /** Of the keys that the token was checked with. */
  readonly version: number;
}

function createAuthorize(settings: JwtSettings, keys: TokenKeys): Authorize {
  const known = new LruCache<Known>(maxKnownTokens);
  const verify = async (token: string): Promise<Principal> => {
    const { version } = keys;
    const principal = toPrincipal(await readPayload(token, settings, keys), settings);
    known.set(token, { principal, version });
    return principal;
  };
  return async (credentials) => {
    const found = findToken(credentials, settings);
    if (found === undefined) return null;
    const { token, asHeader } = found;
    const before = known.get(token);
    const isGood = before?.version === keys.version && (before.principal.expiresAt ?? Infinity) > Date.now();
    const principal = isGood ? before.principal : await verify(token);
    return asHeader === undefined ? principal : { ...principal, headers: { [settings.header]: asHeader } };
  };
}

async function readPayload(token: string, settings: JwtSettings, keys: TokenKeys): Promise<JWTPayload> {
  try {
    return await keys.verify(token, verifyOptions(settings));
  } catch (error) {
    // Not the error itself, which may hold the token's claims.
    settings.logger.debug({ reason: error instanceof Error ? error.message : String(error) }, "A token is refused.");
    throw unauthenticated(reasonOf(error));
  }
}

function verifyOptions(settings: JwtSettings): JWTVerifyOptions {
  const { issuers, audiences, algorithms, clockToleranceSeconds, requireExpiry } = settings;
  return {
    algorithms: [...algorithms],
    clockTolerance: clockToleranceSeconds,
    ...(issuers !== undefined && { issuer: [...issuers] }),
    ...(audiences !== undefined && { audience: [...audiences] }),
    requiredClaims: requireExpiry ? ["exp"] : [],
  };
}

const reasons: Readonly<Record<string, string>> = {
  nbf: "The token is not valid yet.",
  iss: "The token is of another issuer.",
  aud: "The token is for another audience.",
  exp: "The token does not say when it expires.",
};

/** Why a token is refused, as far as its sender may know. */
function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return "The token has expired.";
  const claim = error instanceof errors.JWTClaimValidationFailed ? error.claim : "";
  return reasons[claim] ?? "The token is not valid.";
}

function toPrincipal(claims: JWTPayload, settings: JwtSettings): Principal {
  const { scopesClaim, policiesClaim, clockToleranceSeconds } = settings;
  const held = policiesClaim === undefined ? [] : readNames(claims, policiesClaim);
  return {
    claims,
    scopes: readNames(claims, scopesClaim),
    policies: (names) => names.filter((name) => held.includes(name)),
    ...(claims.exp !== undefined && { expiresAt: (claims.exp + clockToleranceSeconds) * 1000 }),
  };
}
