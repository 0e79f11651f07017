/** The flags that set something, as the command line gives them: texts, or absent. */
import { overrideByFlag, type Override } from "./override-settings.ts";
import type { Path } from "./value-tree.ts";

export interface Flags {
  readonly config?: string;
  readonly dataDir?: string;
  readonly domains?: string;
}

export interface ServeFlags extends Flags {
  readonly host?: string;
  readonly port?: string;
  readonly corsOrigin?: readonly string[];
  readonly rate?: string;
  readonly generate?: boolean;
  readonly logLevel?: string;
  readonly trustedDocuments?: string;
  readonly development?: boolean;
  /** A URL or a file. */
  readonly jwks?: string;
  readonly jwtIssuer?: readonly string[];
  readonly jwtAudience?: readonly string[];
  /** Each may be a list with commas. */
  readonly role?: readonly string[];
}

type Given = readonly [name: string, path: Path, text: string | readonly string[] | undefined];

export function flagOverrides(flags: ServeFlags): readonly Override[] {
  const given: readonly Given[] = [
    ["--data-dir", ["dataDir"], flags.dataDir],
    ["--domains", ["domains"], flags.domains],
    ["--role", ["roles"], flags.role],
    ["--host", ["http", "host"], flags.host],
    ["--port", ["http", "port"], flags.port],
    ["--cors-origin", ["http", "corsOrigins"], flags.corsOrigin],
    ["--rate", ["generate", "rate"], flags.rate],
    ["--no-generate", ["generate", "enabled"], flags.generate === false ? "false" : undefined],
    ["--trusted-documents", ["gateway", "trustedDocuments"], flags.trustedDocuments],
    ["--development", ["gateway", "development"], flags.development === true ? "true" : undefined],
    ["--jwks", ["authorization", "jwt", isUrl(flags.jwks) ? "jwksUrl" : "jwksFile"], flags.jwks],
    ["--jwt-issuer", ["authorization", "jwt", "issuers"], flags.jwtIssuer],
    ["--jwt-audience", ["authorization", "jwt", "audiences"], flags.jwtAudience],
    ["--log-level", ["log", "level"], flags.logLevel],
  ];
  return given.flatMap(([name, path, text]) =>
    text === undefined || (text.length === 0 && typeof text !== "string") ? [] : [overrideByFlag(name, path, text)],
  );
}

function isUrl(text: string | undefined): boolean {
  return text !== undefined && /^https?:\/\//i.test(text);
}
