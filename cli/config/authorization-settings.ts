/** The section of `onefold.yaml` that tells who may ask the gateway for what. */
import { z } from "zod";
import { publicAlgorithms, secretAlgorithms } from "../../gateway/authorization/jwt-options.ts";
import { count, flag, listOf, oneOf, secret, sectionWanted, text, url } from "./setting-kinds.ts";
import { claimHeaders, headerName } from "./subgraph-settings.ts";

const jwt = z.strictObject(
  {
    jwksUrl: url("http", "https").optional().describe("Where the issuer's keys are, as a JSON Web Key Set."),
    jwksFile: text("a path").optional().describe("A file with the issuer's keys, in place of a URL."),
    publicKey: secret("The issuer's only key, PEM, in place of a set of keys.").optional(),
    secret: secret("What tokens of HS256 are signed with, in place of public keys; at least 32 bytes.").optional(),
    issuers: listOf(text("a text"), "a list of issuers")
      .optional()
      .describe("What `iss` must be one of. Default: any, which only an issuer of tokens for this graph alone allows."),
    audiences: listOf(text("a text"), "a list of audiences")
      .optional()
      .describe("What `aud` must have one of. Default: any."),
    algorithms: listOf(oneOf([...publicAlgorithms, ...secretAlgorithms]), "a list of algorithms")
      .optional()
      .describe("What tokens may be signed by. Default: RS256, ES256 and EdDSA; with a secret HS256."),
    clockToleranceSeconds: count(0, 3_600).default(5).describe("Seconds by which clocks may differ."),
    header: headerName
      .default("authorization")
      .describe("The header that holds the token; in a WebSocket's `connection_init` the key of that name."),
    prefix: z.string("a text").default("Bearer").describe("What stands before the token; empty: nothing."),
    scopesClaim: text("the name of a claim")
      .default("scope")
      .describe("The claim with scopes, as a path with dots: a list, or a text with spaces."),
    policiesClaim: text("the name of a claim")
      .optional()
      .describe("The claim with the policies that hold. Default: no policy holds."),
    requireExpiry: flag().default(true).describe("Whether a token must say when it expires."),
    maxTokenBytes: count(100, 65_536).default(8_192).describe("Bytes of a token."),
    refreshEveryMs: count(1_000, 2_147_483_647)
      .default(300_000)
      .describe("Milliseconds between two readings of a set of keys."),
  },
  sectionWanted,
);

export const authorizationSection = z
  .strictObject(
    {
      jwt: jwt.optional().describe("Who asks, by JSON Web Tokens."),
      claimHeaders: claimHeaders.default({}).describe("Headers that every subgraph gets, made of claims."),
      requireAuthentication: flag()
        .default(false)
        .describe("Whether who has no token gets nothing at all from the graph. Pushed events are not asked for one."),
      rejectUnauthorized: flag()
        .default(false)
        .describe("Whether an operation is refused whole for a field that its client may not have."),
      introspection: oneOf(["allow", "authenticated", "forbid"])
        .default("allow")
        .describe("Who may introspect the schema."),
    },
    sectionWanted,
  )
  .prefault({})
  .describe("Who may ask for what, at every door of the graph. Without `jwt` nobody is asked.");
