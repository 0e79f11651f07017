/** Documents that a request names by a hash instead of sending them: remembered when first sent, or known from a manifest. */
import { createHash } from "node:crypto";
import { GraphQLError } from "graphql";
import { TrustedDocuments, type DocumentTexts } from "./trusted-documents.ts";

/** What a request says of its document. */
export interface NamedDocument {
  readonly query: string | undefined;
  readonly extensions: Readonly<Record<string, unknown>> | undefined;
}

/** `named`: the request names it by hash. */
export type FoundDocument =
  | { readonly query: string; readonly isNamed: boolean; readonly error?: undefined }
  | { readonly query?: undefined; readonly error: GraphQLError };

export interface PersistedDocuments {
  find(document: NamedDocument): FoundDocument;
}

/** All texts that are remembered, in UTF-16 units. */
const maxLength = 16_000_000;

/**
 * Without trusted documents: automatic persisted queries, as Apollo's clients send them. The hash alone finds what was sent
 * with it before; what is not known is answered with PERSISTED_QUERY_NOT_FOUND, and comes again with its text.
 * @param trusted text by id; no other document runs
 */
export function createPersistedDocuments(
  trusted: TrustedDocuments | DocumentTexts | undefined,
  maxEntries: number,
): PersistedDocuments {
  if (trusted === undefined) return rememberDocuments(maxEntries);
  return trustDocuments(trusted instanceof TrustedDocuments ? trusted : new TrustedDocuments(trusted));
}

function rememberDocuments(maxEntries: number): PersistedDocuments {
  const texts = new TextMemory(maxEntries);
  return {
    find: ({ query, extensions }) => {
      const hash = hashOf(extensions);
      if (hash === undefined) return query === undefined || query === "" ? missing() : { query, isNamed: false };
      if (hash === null) return refuse("BAD_REQUEST", "This form of persisted queries is not supported.");
      if (query === undefined || query === "") {
        const known = texts.get(hash);
        return known === undefined
          ? refuse("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
          : { query: known, isNamed: true };
      }
      if (createHash("sha256").update(query).digest("hex") !== hash) {
        return refuse("BAD_REQUEST", "The query is not the one that its sha256Hash says.");
      }
      texts.set(hash, query);
      return { query, isNamed: true };
    },
  };
}

function trustDocuments(trusted: TrustedDocuments): PersistedDocuments {
  return {
    find: ({ query, extensions }) => {
      const id = hashOf(extensions);
      if (typeof id === "string") {
        const text = trusted.text(id);
        const isOther = query !== undefined && query !== "" && query !== text;
        return text === undefined || isOther ? notTrusted() : { query: text, isNamed: true };
      }
      if (query === undefined || query === "") return missing();
      return trusted.has(query) ? { query, isNamed: false } : notTrusted();
    },
  };
}

/** Undefined: the document is not named. Null: it is, in a form that is not known. */
function hashOf(extensions: NamedDocument["extensions"]): string | null | undefined {
  const named = extensions?.["persistedQuery"];
  if (named === undefined || named === null) return undefined;
  if (typeof named !== "object" || !("version" in named) || named.version !== 1) return null;
  return "sha256Hash" in named && typeof named.sha256Hash === "string" ? named.sha256Hash : null;
}

function missing(): FoundDocument {
  return refuse("BAD_REQUEST", "The request has no `query`, and names no document.");
}

function notTrusted(): FoundDocument {
  return refuse("DOCUMENT_NOT_TRUSTED", "Only trusted documents run here.");
}

function refuse(code: string, message: string): FoundDocument {
  return { error: new GraphQLError(message, { extensions: { code } }) };
}

/** Forgets what was used least recently. */
class TextMemory {
  readonly #texts = new Map<string, string>();
  readonly #maxEntries: number;
  #length = 0;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  get(hash: string): string | undefined {
    const text = this.#texts.get(hash);
    if (text === undefined) return undefined;
    this.#texts.delete(hash);
    this.#texts.set(hash, text);
    return text;
  }

  set(hash: string, text: string): void {
    if (this.get(hash) !== undefined) return;
    this.#texts.set(hash, text);
    this.#length += text.length;
    for (const [oldest, { length }] of this.#texts) {
      if (this.#texts.size <= this.#maxEntries && this.#length <= maxLength) return;
      this.#texts.delete(oldest);
      this.#length -= length;
    }
  }
}
