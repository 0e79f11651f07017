/** Fields with @fromContext in subscriptions, and in plans that are shown without a gateway. */
import { describe, expect, it } from "@jest/globals";
import { parse } from "graphql";
import { silentLogger } from "../../../gateway/gateway-logger.ts";
import { createGeneration } from "../../../gateway/generation.ts";
import { composeSubgraphs } from "../../../gateway/index.ts";
import { planQuery } from "../../../gateway/planning/plan-query.ts";
import { printPlans } from "../../../gateway/planning/print-plan.ts";
import { inMemorySubgraph } from "../fixtures/in-memory-subgraph.ts";

const subgraph = () =>
  inMemorySubgraph({
    name: "a",
    sdl: `type Query { u: U } type Subscription { u: U } type U { p: String k: K }
      type K @key(fields: "id") { id: ID! f(c: String): String }`,
    resolvers: {
      Subscription: {
        u: async function* () {
          await Promise.resolve();
          yield { p: "x", k: { id: "1" } };
          yield { p: "y", k: { id: "1" } };
        },
      },
      K: { f: (source: { id: string }, { c }: { c: string }) => `${source.id}${c}` },
    },
    entities: { K: (ref) => ref },
  });

const link =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@context", "@fromContext"]) ';
const sdl = `${link} type Query { u: U } type Subscription { u: U } type U @context(name: "c") { p: String k: K }
  type K @key(fields: "id") { id: ID! f(c: String @fromContext(field: "$c { p }")): String }`;

describe("@fromContext", () => {
  it("is read for each message of a subscription", async () => {
    const supergraphSdl = composeSubgraphs([{ name: "a", sdl }]);
    const options = { logger: silentLogger, fetchTimeoutMs: 10_000, planCacheSize: 10 };
    const generation = await createGeneration({ ...options, supergraphSdl, subgraphs: [subgraph()] });
    try {
      const context = { requestId: "r", headers: {}, wantsCursor: false, scope: {} };
      const document = parse("subscription { u { k { f } } }");
      const stream = await generation.subscribe({ document, operationName: undefined, variables: {}, context });
      if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream));
      const messages: unknown[] = [];
      for await (const message of stream) messages.push(JSON.parse(JSON.stringify(message)));
      expect(messages).toEqual(["1x", "1y"].map((f) => ({ data: { u: { k: { f } } } })));
    } finally {
      generation.close();
    }
  });

  it("stands in a plan that is shown, with its argument", async () => {
    const supergraphSdl = composeSubgraphs([{ name: "a", sdl }]);
    const asked = { query: "{ u { k { f } } }", operationName: undefined, variables: {} };
    expect(printPlans(await planQuery(supergraphSdl, asked))).toContain("f(c: $context_0)");
  });
});
