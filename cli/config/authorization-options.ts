/** How the gateway finds out who asks, out of the settings. */
import { resolve } from "node:path";
import type { JwtKeys, JwtOptions } from "../../gateway/authorization/jwt-options.ts";
import type { IntrospectionPolicy } from "../../gateway/authorization/principal.ts";
import type { Settings } from "./config-schema.ts";
import type { LoadedSettings } from "./load-settings.ts";
import { plainSecret } from "./store-options.ts";

export interface AuthorizationConfig {
  /** Null: nobody is asked. */
  readonly jwt: Omit<JwtOptions, "logger"> | null;
  readonly requireAuthentication: boolean;
  readonly rejectUnauthorized: boolean;
  readonly introspection: IntrospectionPolicy;
  /** For every subgraph: header and claim. */
  readonly claimHeaders: Readonly<Record<string, string>>;
}

type JwtSetting = NonNullable<Settings["authorization"]["jwt"]>;

export function authorizationOptions({ settings, folderOf }: LoadedSettings): AuthorizationConfig {
  const { jwt, ...plain } = settings.authorization;
  if (jwt === undefined) return { ...plain, jwt: null };
  const { jwksUrl, jwksFile, publicKey, secret, ...rest } = jwt;
  const folder = folderOf(["authorization", "jwt", "jwksFile"]);
  const keys = keysOf({ jwksUrl, publicKey, secret, jwksFile: jwksFile && resolve(folder, jwksFile) });
  const { issuers, audiences, algorithms, policiesClaim, ...always } = rest;
  return {
    ...plain,
    jwt: {
      ...always,
      keys,
      ...(issuers === undefined ? {} : { issuers }),
      ...(audiences === undefined ? {} : { audiences }),
      ...(algorithms === undefined ? {} : { algorithms }),
      ...(policiesClaim === undefined ? {} : { policiesClaim }),
    },
  };
}

function keysOf({
  jwksUrl,
  jwksFile,
  publicKey,
  secret,
}: Pick<JwtSetting, "jwksUrl" | "jwksFile" | "publicKey" | "secret">): JwtKeys {
  if (jwksUrl !== undefined) return { kind: "url", url: jwksUrl };
  if (jwksFile !== undefined) return { kind: "file", path: jwksFile };
  if (publicKey !== undefined) return { kind: "public", pem: plainSecret(publicKey) };
  return { kind: "secret", secret: secret === undefined ? "" : plainSecret(secret) };
}
