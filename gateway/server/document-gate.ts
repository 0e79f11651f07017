/** The gate that documents of every door pass: parsed, held against the limits and validated once a text. */
import { GraphQLError, parse, specifiedRules, validate, type DocumentNode, type GraphQLSchema } from "graphql";
import { withoutSuggestions } from "../authorization/without-suggestions.ts";
import type { IntrospectionPolicy } from "../authorization/principal.ts";
import { LruCache } from "../planning/lru-cache.ts";
import { isLimitError, limitError } from "../limit-error.ts";
import { deferRules } from "./defer-rules.ts";
import { checkDocumentLimits, type DocumentLimits } from "./document-limits.ts";

export interface DocumentGate {
  /** Why a text is refused before validation: a limit, not its grammar. Undefined if it may go on. */
  refusal(text: string): GraphQLError | undefined;
  /** A document that is valid against a schema, the same object each time, or the errors for the client. */
  open(text: string, schema: GraphQLSchema): OpenedDocument;
}

export type OpenedDocument =
  | { readonly document: DocumentNode; readonly errors?: undefined }
  | { readonly document?: undefined; readonly errors: readonly GraphQLError[] };

interface Known {
  readonly parsed: OpenedDocument;
  /** Results by schema, so that a reload validates anew. */
  readonly validated: WeakMap<GraphQLSchema, OpenedDocument>;
}

export interface GateOptions extends DocumentLimits {
  /** Unless all may introspect, errors suggest no names of the schema. @default allow */
  readonly introspection?: IntrospectionPolicy;
}

export function createDocumentGate(options: GateOptions, maxEntries: number): DocumentGate {
  const { introspection = "allow" } = options;
  const cache = new LruCache<Known>(maxEntries);
  const know = (text: string): Known => {
    const known = cache.get(text) ?? { parsed: parseWithin(text, options), validated: new WeakMap() };
    if (known.parsed.document !== undefined) cache.set(text, known);
    return known;
  };
  return {
    refusal: (text) => know(text).parsed.errors?.find(isLimitError),
    open: (text, schema) => {
      const { parsed, validated } = know(text);
      if (parsed.document === undefined) return parsed;
      let opened = validated.get(schema);
      if (opened === undefined) {
        opened = validateAgainst(schema, parsed.document, introspection !== "allow");
        validated.set(schema, opened);
      }
      return opened;
    },
  };
}

function parseWithin(text: string, limits: DocumentLimits): OpenedDocument {
  try {
    const document = parse(text, { maxLexicalTokens: limits.maxTokens });
    const refusal = checkDocumentLimits(document, limits);
    return refusal === undefined ? { document } : { errors: [refusal] };
  } catch (error) {
    // The parser is recursive: a document nested beyond its stack is far beyond any limit.
    if (error instanceof RangeError) return { errors: [limitError("The document is nested too deep.")] };
    if (!(error instanceof GraphQLError)) throw error;
    if (error.message.includes("Parsing aborted")) {
      return { errors: [limitError(`The document has more than ${limits.maxTokens} tokens.`)] };
    }
    return { errors: [withCode(error, "GRAPHQL_PARSE_FAILED")] };
  }
}

const rules = [...specifiedRules, ...deferRules];

function validateAgainst(schema: GraphQLSchema, document: DocumentNode, isHidden: boolean): OpenedDocument {
  const errors = validate(schema, document, rules);
  if (errors.length === 0) return { document };
  return { errors: errors.map((error) => withCode(error, "GRAPHQL_VALIDATION_FAILED", isHidden)) };
}

function withCode(error: GraphQLError, code: string, isHidden = false): GraphQLError {
  return new GraphQLError(isHidden ? withoutSuggestions(error.message) : error.message, {
    nodes: error.nodes ?? [],
    ...(error.source && { source: error.source }),
    ...(error.positions && { positions: error.positions }),
    extensions: { ...error.extensions, code },
  });
}
