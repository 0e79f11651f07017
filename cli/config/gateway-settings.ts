/** The section of `onefold.yaml` about the gateway: what it takes from clients, and what it tells them. */
import { z } from "zod";
import { count, flag, oneOf, sectionWanted, text } from "./setting-kinds.ts";

export const serverTimings = ["never", "asked", "always"] as const;

const uploads = z
  .strictObject(
    {
      enabled: flag().default(false).describe("Whether files are taken."),
      maxFiles: count(1, 1_000).default(10).describe("Files of one request."),
      maxFileBytes: count(1).default(10_485_760).describe("Bytes of one file."),
      maxBytes: count(1).default(52_428_800).describe("Bytes of one request with files, all told."),
      timeoutMs: count(1)
        .default(60_000)
        .describe("Milliseconds that a mutation may take that sends files to a subgraph."),
    },
    sectionWanted,
  )
  .prefault({})
  .describe("Files beside mutations, by the GraphQL multipart request specification.");

export const gatewaySection = z
  .strictObject(
    {
      allowSimpleGet: flag()
        .default(true)
        .describe("Whether queries run by GET without a header that makes browsers ask before they send it."),
      maxBodyBytes: count(1).default(1_048_576).describe("Bytes of one request, and of one message of a WebSocket."),
      compressFromBytes: count(0)
        .default(1_024)
        .describe(
          "Bytes from which an answer is compressed for clients that take it; more than any answer has: none are.",
        ),
      maxTokens: count(1).default(15_000).describe("Tokens of a document."),
      maxDepth: count(1).default(50).describe("Fields of a document below one another."),
      maxFields: count(1).default(20_000).describe("Fields of a document with its fragments expanded."),
      trustedDocuments: text("a path")
        .optional()
        .describe("File of the only documents that run: a manifest, or texts by id. It is watched. Default: any run."),
      planCacheSize: count(1).default(1_000).describe("Planned operations that are kept."),
      shareQueries: flag()
        .default(false)
        .describe("Whether identical queries of clients that are under way at once are run once."),
      shareSubscriptions: flag()
        .default(false)
        .describe(
          "Whether equal subscriptions of clients are one for the subgraphs, and their messages written once. Who joins gets what comes after: not for subgraphs whose first message is what holds now.",
        ),
      fetchTimeoutMs: count(1)
        .default(10_000)
        .describe("Milliseconds that a read of a subgraph in the same process may take."),
      closeTimeoutMs: count(0).default(5_000).describe("Milliseconds that answers on their way get at the end."),
      maxSockets: count(1).default(10_000).describe("WebSockets that are open at once, in one process."),
      maxSocketOperations: count(1).default(500).describe("Operations that one WebSocket has under way at once."),
      serverTiming: oneOf(serverTimings)
        .default("never")
        .describe(
          "Whether HTTP answers say in `Server-Timing` where their time went; asked: if `Onefold-Timing` asks.",
        ),
      development: flag()
        .default(false)
        .describe("For developers' machines: clients may ask for query plans, and for `Server-Timing`."),
      uploads,
    },
    sectionWanted,
  )
  .prefault({})
  .describe("What the gateway takes from clients, and what it tells them.");
