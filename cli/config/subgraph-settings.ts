/** The section of `onefold.yaml` that tells how to reach a subgraph of another process. */
import { z } from "zod";
import { count, flag, listOf, secret, sectionWanted, text, url } from "./setting-kinds.ts";

export const headerName = z.string().regex(/^[A-Za-z0-9][\w-]*$/, "the name of a header");

/** By header: the claim that it is made of. */
export const claimHeaders = z.record(
  headerName,
  text("the name of a claim").describe(
    "The claim that this header is made of, as a path with dots; no client can set it.",
  ),
  "a section of header: claim",
);

const tls = z.strictObject(
  {
    ca: secret("Certificate authorities that are trusted, PEM. Default: the system's.").optional(),
    cert: secret("The gateway's own certificate, PEM, where the subgraph asks for one.").optional(),
    key: secret("The private key of `cert`, PEM.").optional(),
    servername: text("a host name")
      .optional()
      .describe("The name that the subgraph's certificate must have. Default: the host of `url`."),
    rejectUnauthorized: flag().default(true).describe("Whether a certificate that cannot be verified is refused."),
  },
  "a section with ca, cert, key, servername and rejectUnauthorized",
);

const errors = z
  .strictObject(
    {
      mask: flag()
        .default(true)
        .describe("Whether errors without a code of their own are shown to clients as a plain sentence."),
      extensions: listOf(text("a name"), "a list of names")
        .optional()
        .describe("The extensions of errors that clients see beside `code`. Default: all but insides."),
    },
    sectionWanted,
  )
  .prefault({});

export const subgraphSection = z.strictObject(
  {
    url: url("http", "https").describe("Where a gateway asks this subgraph."),
    subscriptions: url("ws", "wss").optional().describe("Where a gateway subscribes. Default: derived from `url`."),
    headers: z.record(headerName, secret("Sent with every request."), "a section of name: value").default({}),
    forwardHeaders: listOf(headerName, "a list of headers")
      .default(["authorization", "x-request-id", "traceparent", "tracestate"])
      .describe("The client's headers that are passed on."),
    removeHeaders: listOf(headerName, "a list of headers")
      .optional()
      .describe("Of `forwardHeaders`, the ones that are not passed on."),
    renameHeaders: z
      .record(headerName, headerName.describe("The other name."), "a section of name: other name")
      .default({})
      .describe("The client's headers that are passed on under another name."),
    claimHeaders: claimHeaders.default({}),
    timeoutMs: count(1).default(5_000).describe("Milliseconds that a query may take."),
    mutationTimeoutMs: count(1).default(10_000).describe("Milliseconds that a mutation may take."),
    connectTimeoutMs: count(1).default(5_000).describe("Milliseconds that a connection may take."),
    maxAnswerBytes: count(1).default(16_777_216).describe("Bytes of one answer, unpacked, and of one message."),
    maxConnections: count(1, 65_535).default(128).describe("Connections that are open at once."),
    maxWaitingRequests: count(0).default(1_024).describe("Requests that wait for a connection; more are refused."),
    shareReads: flag()
      .default(true)
      .describe("Whether queries that are identical and under way at once are sent once."),
    compression: flag().optional().describe("Whether packed answers are asked for. Default: if `url` is https."),
    tls: tls.optional(),
    errors,
  },
  sectionWanted,
);
