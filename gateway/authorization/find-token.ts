/** Finds the token that a request carries: in a header, or in the payload of a WebSocket's connection_init. */
import { unauthenticated, type Credentials } from "./principal.ts";

export interface FoundToken {
  readonly token: string;
  /** What it was found in, whole, where that was the payload: subgraphs are to see it as the header. */
  readonly asHeader: string | undefined;
}

export interface TokenPlace {
  /** In lower case. */
  readonly header: string;
  /** "": none. */
  readonly prefix: string;
  readonly maxTokenBytes: number;
}

/** Undefined if there is none. @throws the error that refuses what is no token */
export function findToken(
  { headers, connectionParams }: Credentials,
  { header, prefix, maxTokenBytes }: TokenPlace,
): FoundToken | undefined {
  const [, given] = Object.entries(connectionParams ?? {}).find(([name]) => name.toLowerCase() === header) ?? [];
  const value = given ?? headers[header];
  if (value === undefined) return undefined;
  const expected = prefix === "" ? "a token" : `"${prefix}", a space and a token`;
  const wrong = unauthenticated(`\`${header}\` must be ${expected}.`);
  if (typeof value !== "string") throw wrong;
  if (value.length > maxTokenBytes + prefix.length + 1) throw unauthenticated("The token is too large.");
  const start = value.slice(0, prefix.length + 1).toLowerCase();
  if (prefix !== "" && start !== `${prefix.toLowerCase()} `) throw wrong;
  const token = (prefix === "" ? value : value.slice(prefix.length + 1)).trim();
  if (token === "") throw wrong;
  return { token, asHeader: given === undefined ? undefined : value };
}
