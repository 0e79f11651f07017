/** One small case for each rule of federation that a supergraph may use. */
import { describe, expect, it } from "@jest/globals";
import { parse, validate } from "graphql";
import { composeSubgraphs, printApiSchema } from "../../../gateway/index.ts";
import { silentLogger } from "../../../gateway/gateway-logger.ts";
import { createGeneration } from "../../../gateway/generation.ts";
import { ruleTransport, type RuleSubgraph } from "../fixtures/rule-subgraph.ts";
import { rules } from "../fixtures/federation-rules.ts";

async function openRule(subgraphs: Readonly<Record<string, RuleSubgraph>>) {
  const transports = Object.entries(subgraphs).map(([name, subgraph]) => ruleTransport(name, subgraph));
  const supergraphSdl = composeSubgraphs(transports);
  const options = { subgraphs: transports, logger: silentLogger, fetchTimeoutMs: 10_000, planCacheSize: 10 };
  const generation = await createGeneration({ ...options, supergraphSdl });
  const ask = async (query: string, variables: Readonly<Record<string, unknown>> = {}) => {
    const document = parse(query);
    const problems = validate(generation.schema, document);
    if (problems.length > 0) return { errors: problems.map(({ message }) => ({ message })) };
    const context = { requestId: "r", headers: {}, wantsCursor: false, scope: {} };
    const result = await generation.execute({ document, operationName: undefined, variables, context });
    return JSON.parse(JSON.stringify(result)) as unknown;
  };
  const asked = () => transports.filter(({ requests }) => requests.length > 0).map(({ name }) => name);
  return {
    ...{ ask, asked, api: () => printApiSchema(generation.schema) },
    [Symbol.dispose]: () => generation.close(),
  };
}

describe("a rule of federation", () => {
  it.each(rules.map((rule) => [rule.name, rule] as const))("%s", async (_name, rule) => {
    using graph = await openRule(rule.subgraphs);
    expect(await graph.ask(rule.query, rule.variables)).toEqual({ data: rule.data });
    if (rule.asks !== undefined) expect(graph.asked()).toEqual(rule.asks);
    if (rule.api !== undefined) expect(graph.api()).toMatch(rule.api);
    if (rule.hides !== undefined) expect(graph.api()).not.toMatch(rule.hides);
  });
});
