/** What runs that have the very same answers of subgraphs compute once, and when they do not. */
import { afterAll, describe, expect, it } from "@jest/globals";
import { parse } from "graphql";
import { composeSubgraphs } from "../../../gateway/index.ts";
import { silentLogger } from "../../../gateway/gateway-logger.ts";
import { createGeneration, type Generation } from "../../../gateway/generation.ts";
import { bytesOfAnswer } from "../../../gateway/execution/operation-answer.ts";
import { SharedWork } from "../../../gateway/execution/shared-work.ts";
import type { SubgraphResult } from "../../../gateway/subgraph-transport.ts";
import { shopGraph } from "../fixtures/shop-graph.ts";

const document = parse("{ topReviews { body author { name } } }");

const opened: Generation[] = [];
afterAll(() => opened.forEach((generation) => generation.close()));

/** Root reads give `roots` in turns, reads of people `people`. */
async function openShop(roots: readonly SubgraphResult[], people: readonly SubgraphResult[]) {
  const shop = shopGraph();
  let root = 0;
  let person = 0;
  shop.opinions.intercept = () => Promise.resolve(roots[root++ % roots.length] ?? {});
  shop.people.intercept = () => Promise.resolve(people[person++ % people.length] ?? {});
  const subgraphs = [shop.catalog, shop.opinions, shop.people];
  const supergraphSdl = composeSubgraphs(subgraphs);
  const generation = await createGeneration({
    supergraphSdl,
    subgraphs,
    logger: silentLogger,
    fetchTimeoutMs: 5_000,
    planCacheSize: 10,
  });
  opened.push(generation);
  return () => {
    const context = { requestId: "r", headers: {}, wantsCursor: false, scope: {} };
    return generation.execute({ document, operationName: undefined, variables: {}, context });
  };
}

const reviews = (body: string) => ({
  data: { topReviews: [{ __typename: "Review", body, author: { __typename: "User", id: "u1" } }] },
});
const names = (name: string) => ({ data: { _entities: [{ name }], _e0: [{ name }] } });
const answer = (body: string, name: string) => ({ data: { topReviews: [{ body, author: { name } }] } });

describe("runs of one operation", () => {
  it("have one text where their answers are the same objects, while they are under way", async () => {
    const ask = await openShop([reviews("Good")], [names("Ada")]);
    const [first, second] = await Promise.all([ask(), ask()]);
    expect(JSON.parse(String(bytesOfAnswer(first)))).toEqual(answer("Good", "Ada"));
    expect(bytesOfAnswer(second)).toBe(bytesOfAnswer(first));
    const later = await ask();
    expect(bytesOfAnswer(later)).toEqual(bytesOfAnswer(first));
    expect(bytesOfAnswer(later)).not.toBe(bytesOfAnswer(first));
  });

  it("have their own where one answer is another, be it the last", async () => {
    const ask = await openShop([reviews("Good")], [names("Ada"), names("Ben")]);
    const answers = await Promise.all([ask(), ask()]);
    expect(answers.map(({ data }) => ({ data }))).toEqual([answer("Good", "Ada"), answer("Good", "Ben")]);
    const other = await openShop([reviews("Good"), reviews("Bad")], [names("Ada")]);
    const others = await Promise.all([other(), other()]);
    expect(others.map(({ data }) => ({ data }))).toEqual([answer("Good", "Ada"), answer("Bad", "Ada")]);
  });

  it("have their own where one of them has an error beside the same data", async () => {
    const people = names("Ada");
    const failing = {
      ...people,
      errors: [{ message: "x", path: ["_entities", 0, "name"], extensions: { code: "X" } }],
    };
    const ask = await openShop([reviews("Good")], [people, failing]);
    const [whole, faulty] = await Promise.all([ask(), ask()]);
    expect(whole.errors).toBeUndefined();
    expect(faulty.errors).toHaveLength(1);
    expect(faulty.data).toEqual(whole.data);
  });
});

describe("shared work", () => {
  it("is kept while more than one run is under way, and by what it was made of", () => {
    const work = new SharedWork();
    const [who, a, b] = [{}, {}, {}];
    work.enter();
    work.keep(who, [a], 1);
    expect(work.recall(who, [a])).toBeUndefined();
    work.enter();
    const inputs = [a, undefined];
    work.keep(who, inputs, 2);
    inputs[1] = b;
    expect(work.recall(who, [a, undefined])).toBe(2);
    expect(work.recall(who, [a, b])).toBeUndefined();
    expect(work.recall(who, [a])).toBeUndefined();
    expect(work.recall({}, [a, undefined])).toBeUndefined();
    work.leave();
    expect(work.recall(who, [a, undefined])).toBe(2);
    work.leave();
    expect(work.recall(who, [a, undefined])).toBeUndefined();
  });
});
