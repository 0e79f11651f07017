/** Deferred fragments in the engine: what comes first, what comes later, and what that costs subgraphs. */
import { describe, expect, it } from "@jest/globals";
import { parse } from "graphql";
import { composeSubgraphs } from "../../../gateway/index.ts";
import { createGeneration, type Generation } from "../../../gateway/generation.ts";
import { silentLogger } from "../../../gateway/gateway-logger.ts";
import type { AnswerPart } from "../fixtures/merge-parts.ts";
import { shopGraph, type ShopGraph } from "../fixtures/shop-graph.ts";

function open(shop: ShopGraph): Promise<Generation> {
  const supergraphSdl = composeSubgraphs(shop.subgraphs);
  const options = { subgraphs: shop.subgraphs, logger: silentLogger, fetchTimeoutMs: 5_000, planCacheSize: 100 };
  return createGeneration({ ...options, supergraphSdl });
}

const context = { requestId: "r", headers: {}, wantsCursor: false, scope: {} };

async function partsOf(
  opening: Promise<Generation>,
  query: string,
  variables?: Record<string, unknown>,
): Promise<AnswerPart[]> {
  const request = { document: parse(query), operationName: undefined, variables, context };
  const generation = await opening;
  const opened = await generation.executeIncrementally(request);
  if (!(Symbol.asyncIterator in opened)) return [{ ...opened, data: opened.data }];
  const parts: AnswerPart[] = [];
  for await (const part of opened) parts.push(JSON.parse(JSON.stringify(part)) as AnswerPart);
  generation.close();
  return parts;
}

const asked = (shop: ShopGraph) => shop.subgraphs.map(({ name, requests }) => `${name}: ${requests.length}`).join(", ");

describe("a deferred fragment", () => {
  it("comes after the answer without it, read from the entity's keys", async () => {
    const shop = shopGraph();
    const parts = await partsOf(
      open(shop),
      '{ product(id: "1") { name ... @defer(label: "r") { reviews { body } } } }',
    );
    expect(parts).toEqual([
      { data: { product: { name: "Chair" } }, hasNext: true },
      {
        incremental: [{ data: { reviews: [{ body: "Good" }, { body: "Bad" }] }, path: ["product"], label: "r" }],
        hasNext: false,
      },
    ]);
    expect(asked(shop)).toBe("catalog: 1, opinions: 1, people: 0");
  });

  it("is read apart also in the subgraph that the rest comes from", async () => {
    const shop = shopGraph();
    const parts = await partsOf(open(shop), "{ products { id ... @defer { name } } }");
    expect(parts[0]).toEqual({ data: { products: [{ id: "1" }, { id: "2" }, { id: "3" }] }, hasNext: true });
    expect(parts[1]).toEqual({
      incremental: [
        { data: { name: "Chair" }, path: ["products", 0] },
        { data: { name: "Table" }, path: ["products", 1] },
        { data: { name: null }, path: ["products", 2] },
      ],
      hasNext: false,
    });
    expect(asked(shop)).toBe("catalog: 2, opinions: 0, people: 0");
  });

  it("tells an error where it belongs, and ends a null at the fragment", async () => {
    const shop = shopGraph();
    shop.opinions.intercept = () =>
      Promise.resolve({ data: null, errors: [{ message: "Away.", extensions: { code: "AWAY" } }] });
    const parts = await partsOf(open(shop), '{ product(id: "1") { name ... @defer { reviews { body } verdict } } }');
    expect(parts[0]).toEqual({ data: { product: { name: "Chair" } }, hasNext: true });
    expect(parts[1]?.incremental).toMatchObject([
      {
        data: null,
        path: ["product"],
        errors: [{ message: "Away.", path: ["product"], extensions: { code: "AWAY" } }],
      },
    ]);
  });

  it("is not sent where its parent is null, nor where none is there", async () => {
    const query = '{ product(id: "none") { name ... @defer { reviews { body } } } }';
    expect(await partsOf(open(shopGraph()), query)).toEqual([{ data: { product: null }, hasNext: false }]);
  });

  it("comes after the one around it", async () => {
    const parts = await partsOf(
      open(shopGraph()),
      '{ me { id ... @defer(label: "a") { name ... @defer(label: "b") { friends { name } } } } }',
    );
    expect(parts.flatMap(({ incremental = [] }) => incremental.map(({ label }) => label))).toEqual(["a", "b"]);
  });
});
