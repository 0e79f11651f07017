/** Who asks, as an authorisation hook says it: the port between whoever checks credentials and the gateway that enforces. */
import { GraphQLError } from "graphql";

export type Claims = Readonly<Record<string, unknown>>;

/** Who asks. The same object for the same credentials, where a hook can have it so, lets the gateway know it again. */
export interface Principal {
  /** What is known of them, such as a token's claims; null: they are not authenticated. */
  readonly claims: Claims | null;
  /** @default none */
  readonly scopes?: readonly string[];
  /**
   * Which of the named policies hold for them; asked once an operation that needs some, with the names that stand in it.
   * @default none holds
   */
  readonly policies?: (names: readonly string[]) => readonly string[] | Promise<readonly string[]>;
  /** When their credentials end, in milliseconds since 1970: subscriptions end then. @default never */
  readonly expiresAt?: number;
  /** Headers that subgraphs are to see in place of the client's, in lower case: such as a token that came otherwise. @default none */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a hook decides by. */
export interface Credentials {
  /** In lower case, as the door received them; a WebSocket's are those of its upgrade request. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The payload of a WebSocket's `connection_init`; undefined at other doors, and if there was none. */
  readonly connectionParams: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Says who asks; null: nobody that is known, who may have what is open to all. Called for each request, for each WebSocket
 * when it begins, and again for each operation on it. Rejects with `unauthenticated` or `forbidden` to refuse the request;
 * with anything else the request fails inside, and nothing of it is run.
 */
export type Authorize = (credentials: Credentials) => Principal | null | Promise<Principal | null>;

/** Who may introspect the schema. */
export type IntrospectionPolicy = "allow" | "authenticated" | "forbid";

/** The credentials are no good: 401 over HTTP. The client reads `message`. */
export function unauthenticated(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: "UNAUTHENTICATED" } });
}

/** The credentials are good, and not enough: 403 over HTTP. The client reads `message`. */
export function forbidden(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: "FORBIDDEN" } });
}

/** Whether a hook refused a request, rather than failed. */
export function isRefusal(error: unknown): error is GraphQLError {
  if (!(error instanceof GraphQLError)) return false;
  const { code } = error.extensions;
  return code === "UNAUTHENTICATED" || code === "FORBIDDEN";
}
