/** Limits that are found while an operation is prepared: refusals, not faults. */
import { describe, expect, it } from "@jest/globals";
import { silentLogger } from "../../../gateway/gateway-logger.ts";
import { isDeeperThan, maxVariableDepth } from "../../../gateway/execution/variable-depth.ts";
import { openGateway } from "../fixtures/gateway-client.ts";
import { shopGraph } from "../fixtures/shop-graph.ts";

const lists = (levels: number): unknown => JSON.parse("[".repeat(levels) + "]".repeat(levels));

/** A gateway whose faults are collected. */
async function openListening() {
  const shop = shopGraph();
  const faults: string[] = [];
  const logger = { ...silentLogger, error: (_details: object, message: string) => void faults.push(message) };
  return { shop, faults, gateway: await openGateway({ ...shop, logger }) };
}

describe("an operation beyond a limit", () => {
  it("of the planner is refused by that name, and no fault", async () => {
    const { gateway, faults, shop } = await openListening();
    await using _gateway = gateway;
    const levels = 26;
    const query = `{ users { ${"... on User { friends { ".repeat(levels)} id ${"} }".repeat(levels)} } }`;
    const conditions = `{ search { ${"... on Product { fans { favourite { ".repeat(20)} __typename ${"} } }".repeat(20)} } }`;
    expect((await gateway.ask(query)).errors).toBeUndefined();
    expect((await gateway.ask(conditions)).errors).toMatchObject([
      { message: expect.stringContaining("50 levels"), extensions: { code: "DOCUMENT_LIMIT" } },
    ]);
    expect(faults).toEqual([]);
    expect(shop.catalog.requests).toEqual([]);
  });

  it("of variables is refused before they are looked into", async () => {
    const { gateway, faults, shop } = await openListening();
    await using _gateway = gateway;
    const variables = { id: lists(maxVariableDepth) };
    const answer = await gateway.ask("query ($id: ID!) { user(id: $id) { id } }", variables);
    expect(answer.errors).toMatchObject([{ extensions: { code: "DOCUMENT_LIMIT" } }]);
    expect(faults).toEqual([]);
    expect(shop.people.requests).toEqual([]);
  });
});

describe("the depth of a value", () => {
  it("is compared with a bound, and no deeper", () => {
    const nested = { a: 1, b: { c: [] } };
    expect([7, null, undefined].map((value) => isDeeperThan(value, 0))).toEqual([false, false, false]);
    expect([0, 1].map((levels) => isDeeperThan([], levels))).toEqual([true, false]);
    expect([2, 3].map((levels) => isDeeperThan(nested, levels))).toEqual([true, false]);
    expect(isDeeperThan(lists(100_000), 200)).toBe(true);
  });
});
