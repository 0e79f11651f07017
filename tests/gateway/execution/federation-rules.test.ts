/** One small case for each rule of federation that a supergraph may use. */
import { describe, expect, it } from "@jest/globals";
import { rules } from "../fixtures/federation-rules.ts";
import { openRule } from "../fixtures/rule-graph.ts";

describe("a rule of federation", () => {
  it.each(rules.map((rule) => [rule.name, rule] as const))("%s", async (_name, rule) => {
    using graph = await openRule(rule.subgraphs);
    expect(await graph.ask(rule.query, rule.variables)).toEqual({ data: rule.data });
    if (rule.asks !== undefined) expect(graph.asked()).toEqual(rule.asks);
    if (rule.api !== undefined) expect(graph.api()).toMatch(rule.api);
    if (rule.hides !== undefined) expect(graph.api()).not.toMatch(rule.hides);
  });
});
