/** The one error class and the one catalogue of codes; `docs/` prints the catalogue, `OnefoldError` carries a code of it. */

/** Every code that Onefold can show, with its cause and what to do about it. The errors page is generated from this. */
export const errorCatalogue = {
  DECLARATION_INVALID: {
    cause: "A domain declaration has mistakes.",
    remedy:
      "Each mistake is listed with file, line, column and what would be right; mend them and run `onefold check`.",
  },
  COMPOSITION_FAILED: {
    cause: "The domains' subgraphs do not fit together into one supergraph.",
    remedy: "Read the composition errors; usually two domains define the same field without @shareable.",
  },
  SUPERGRAPH_UNSUPPORTED: {
    cause: "A supergraph needs a specification, a version of one or a directive that this gateway cannot honour.",
    remedy:
      "The message names each; leave it out of the subgraphs, or compose again with a version that the message lists.",
  },
  CONFIG_INVALID: {
    cause: "Settings in onefold.yaml, the environment or flags are wrong, or do not fit together.",
    remedy: "Mend them; `onefold config check` shows what is left, and what each setting is.",
  },
  SOURCE_UNKNOWN: {
    cause: "No domain declares a source of this name.",
    remedy: "Use one of the listed sources, or declare it with @source on the domain's schema.",
  },
  INPUT_INVALID: {
    cause: "An argument, flag or request body is not of the accepted form.",
    remedy: "The message names the value and the accepted form.",
  },
  INPUT_TOO_LARGE: {
    cause: "A request body or a batch is over its limit.",
    remedy: "Send smaller batches; the limit stands in the message.",
  },
  BAD_REQUEST: {
    cause: "An HTTP request is not of a form that the door takes: its method, headers or body.",
    remedy: "The message says what the door takes.",
  },
  NOT_FOUND: {
    cause: "Nothing is served at this path.",
    remedy: "The graph is at /graphql, health at /health, push at /ingest/<source>.",
  },
  DOCUMENT_LIMIT: {
    cause: "A GraphQL document is longer, deeper or wider than the gateway takes.",
    remedy: "Ask for less at once: fewer fields, fewer levels, or several requests.",
  },
  CURSOR_INVALID: {
    cause: "A cursor was cut, altered or made by something else.",
    remedy: "Use cursors exactly as an answer gave them.",
  },
  CURSOR_EXPIRED: {
    cause: "The log no longer holds the changes after this cursor.",
    remedy: "Read the current state again and go on from the cursor of that answer.",
  },
  WAIT_TIMEOUT: {
    cause: "The event is durable, but its effect was not visible within the time allowed.",
    remedy: "Nothing is lost: read again with the cursor later, or look at /health for a stage that is behind.",
  },
  REQUEST_TIMEOUT: {
    cause: "An answer was not ready within the time that the server allows.",
    remedy: "Ask for less at once, or look at /health for a store that is slow.",
  },
  SUBSCRIBER_TOO_SLOW: {
    cause: "A subscription's messages came faster than they were read, beyond what is held for a reader.",
    remedy: "Read the current state and subscribe again; nothing was skipped before this error.",
  },
  STORE_REBUILDING: {
    cause: "A store lost its state and is being rebuilt from the log.",
    remedy: "Wait until /health is ok again; answers come back by themselves.",
  },
  STORE_UNAVAILABLE: {
    cause: "A store did not answer, or its answer failed its checksum.",
    remedy: "See /health and the log for the store's own message.",
  },
  STORE_LOCKED: {
    cause: "Another Onefold process holds this data directory.",
    remedy: "Stop it, or use another --data-dir; commands go through a running instance by themselves.",
  },
  STORE_FORMAT: {
    cause: "The data directory or the backup was written in another format version.",
    remedy: "Use the Onefold version named in the message, or start with a fresh --data-dir.",
  },
  BACKUP_INVALID: {
    cause: "A backup is unfinished, incomplete or damaged, or its parts do not fit together.",
    remedy: "Use another backup; one that has just been refused while it was made can be made again.",
  },
  MODEL_CHANGED: {
    cause: "The declaration of stored models differs from what the data directory was built with.",
    remedy: "Run `onefold replay` to rebuild the models under the new declaration.",
  },
  FENCE_MOVED: {
    cause: "Another writer has already applied part of this batch.",
    remedy: "Nothing to do: the worker reads the fence again and goes on from there.",
  },
  LOG_GAP: {
    cause: "The log no longer holds events that a store has not applied, or its end is below a store's fence.",
    remedy: "Run `onefold replay`, which rebuilds from the DWD history and the log.",
  },
  LOG_CORRUPT: {
    cause: "A stretch of the embedded log failed its checksum.",
    remedy: "The lost range stands in the message; restore it from a backup or from the source.",
  },
  SUBGRAPH_ERROR: {
    cause: "A subgraph failed with an error that has no code of its own, and is configured to show such errors.",
    remedy: "The message is the subgraph's; its log has more.",
  },
  SUBGRAPH_UNAVAILABLE: {
    cause: "A subgraph did not answer, or answered with something that is not GraphQL.",
    remedy: "Other fields of the answer are good; ask again when /health is ok.",
  },
  SUPERGRAPH_INVALID: {
    cause: "A supergraph is empty, cut, malformed, or asks for something that this gateway cannot do.",
    remedy:
      "Compose it again and write it whole, best under another name that is then renamed; what served before goes on.",
  },
  PLAN_FAILED: {
    cause: "The operation could not be planned over the supergraph.",
    remedy: "Report it with the operation; the schema accepted it, so it should be plannable.",
  },
  PLAN_TIMEOUT: {
    cause: "Planning the operation took more time than one operation may take.",
    remedy:
      "Make it smaller, above all what it selects of abstract types; it is refused unplanned for a minute, then longer.",
  },
  PLAN_TOO_LARGE: {
    cause: "Planning the operation took more memory than one operation may take, or its plan is too long.",
    remedy:
      "Make it smaller, above all what it selects of abstract types; it is refused unplanned for a minute, then longer.",
  },
  PLANNER_OVERLOADED: {
    cause: "More operations that were never seen before came than the gateway can plan.",
    remedy: "Send it again later; clients should keep values in variables, so that their operations stay the same.",
  },
  PLANNER_UNAVAILABLE: {
    cause: "The planner's process does not start, or the gateway is closing.",
    remedy: "Read the log: it has what the process said. It needs a process and some 60 MB of memory.",
  },
  UNAUTHENTICATED: {
    cause: "A request's token or other credentials are wrong or have expired, or it needs some and has none.",
    remedy: "Send a token that is good; the message says what is wrong with this one.",
  },
  FORBIDDEN: {
    cause: "It is known who asks, and they may not do this.",
    remedy: "Ask whoever runs the gateway.",
  },
  UNAUTHORIZED_FIELD_OR_TYPE: {
    cause: "A field needs authentication, a scope or a policy that the client does not have.",
    remedy: "Ask with a token that has it, or leave the field out; other fields of the answer are good.",
  },
  KEYS_UNAVAILABLE: {
    cause: "The keys that tokens are checked with cannot be read, and none were read before.",
    remedy: "The message says what is wrong with their source; see that it is there, and start again.",
  },
  PORT_BUSY: {
    cause: "The address to listen on is taken.",
    remedy: "Stop what listens there, or choose another --port.",
  },
  SERVICE_FAILED: {
    cause: "A service for development (`onefold services`) did not start, or ended by itself.",
    remedy: "Read its log in its folder below .onefold-services; the message shows the end of it.",
  },
  UNSUPPORTED_PLATFORM: {
    cause: "This machine lacks something that Onefold needs.",
    remedy: "The message names it; README lists the supported platforms.",
  },
  INTERNAL: {
    cause: "A fault inside Onefold.",
    remedy: "Report it with the request id; the log holds the details.",
  },
} as const satisfies Record<string, { readonly cause: string; readonly remedy: string }>;

export type ErrorCode = keyof typeof errorCatalogue;

/** A fault or a refusal with a catalogued code. `message` says what and where; `remedy` says how to go on. */
export class OnefoldError extends Error {
  override readonly name = "OnefoldError";
  readonly code: ErrorCode;
  readonly remedy: string;

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown; readonly remedy?: string }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remedy = options?.remedy ?? errorCatalogue[code].remedy;
  }
}
