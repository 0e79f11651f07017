/** What the hook for JSON Web Tokens is opened with, and the defaults. */
import { OnefoldError } from "../../schema/errors.ts";
import { silentLogger, type GatewayLogger } from "../gateway-logger.ts";

/** Signatures that a public key checks. */
export const publicAlgorithms = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
] as const;

/** Codes that whoever can check them can also make. */
export const secretAlgorithms = ["HS256", "HS384", "HS512"] as const;

/** Where keys are. `url`: fetched again now and then. `secret`: for HS256 and its like only. */
export type JwtKeys =
  | { readonly kind: "url"; readonly url: string }
  | { readonly kind: "file"; readonly path: string }
  /** PEM: `-----BEGIN PUBLIC KEY-----` or a certificate. */
  | { readonly kind: "public"; readonly pem: string }
  | { readonly kind: "secret"; readonly secret: string };

export interface JwtOptions {
  readonly keys: JwtKeys;
  /** `iss` must be one of them. @default any */
  readonly issuers?: readonly string[];
  /** `aud` must have one of them. @default any */
  readonly audiences?: readonly string[];
  /** `alg` must be one of them. @default RS256, ES256 and EdDSA with public keys, HS256 with a secret */
  readonly algorithms?: readonly string[];
  /** By how much clocks may differ, in seconds. @default 5 */
  readonly clockToleranceSeconds?: number;
  /** In lower case: the header, or key of a WebSocket's `connection_init`. @default authorization */
  readonly header?: string;
  /** What stands before the token, in any case; "": nothing. @default Bearer */
  readonly prefix?: string;
  /** The claim with scopes: a list, or a text with spaces between. @default scope */
  readonly scopesClaim?: string;
  /** The claim with the policies that hold. @default none hold */
  readonly policiesClaim?: string;
  /** Whether a token must have `exp`. @default true */
  readonly requireExpiry?: boolean;
  /** Of a token. @default 8 KiB */
  readonly maxTokenBytes?: number;
  /** How often keys of a URL or file are read again, in milliseconds. @default 5 minutes */
  readonly refreshEveryMs?: number;
  /** How often a token with a key that is not known may cause another reading, in milliseconds. @default 30_000 */
  readonly cooldownMs?: number;
  /** How long one reading may take, in milliseconds. @default 5_000 */
  readonly timeoutMs?: number;
  /** For how long the first reading is tried, in milliseconds; 0: once. @default 30_000 */
  readonly startTimeoutMs?: number;
  /** @default silent */
  readonly logger?: GatewayLogger;
}

type Optional = "issuers" | "audiences" | "policiesClaim";
export type JwtSettings = Required<Omit<JwtOptions, Optional>> & Pick<JwtOptions, Optional>;

const defaults = {
  clockToleranceSeconds: 5,
  header: "authorization",
  prefix: "Bearer",
  scopesClaim: "scope",
  requireExpiry: true,
  maxTokenBytes: 8 * 1024,
  refreshEveryMs: 5 * 60 * 1000,
  cooldownMs: 30_000,
  timeoutMs: 5_000,
  startTimeoutMs: 30_000,
  logger: silentLogger,
};

/**
 * Fills in the defaults.
 * @throws OnefoldError INPUT_INVALID for algorithms that the keys are not for
 */
export function jwtSettings(options: JwtOptions): JwtSettings {
  const isSecret = options.keys.kind === "secret";
  const usable: readonly string[] = isSecret ? secretAlgorithms : publicAlgorithms;
  const algorithms = options.algorithms ?? (isSecret ? ["HS256"] : ["RS256", "ES256", "EdDSA"]);
  const wrong = algorithms.filter((algorithm) => !usable.includes(algorithm));
  if (wrong.length > 0 || algorithms.length === 0) {
    const message = `Tokens cannot be checked by ${wrong.join(", ")} with ${isSecret ? "a secret" : "public keys"}.`;
    throw new OnefoldError("INPUT_INVALID", message, { remedy: `Name some of ${usable.join(", ")}.` });
  }
  return { ...defaults, ...options, algorithms, header: (options.header ?? defaults.header).toLowerCase() };
}
