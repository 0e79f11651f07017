/** Compiled reads against graphql-js: any request to any of the sample domains is answered the same, with its errors and cursor. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { parse, validate } from "graphql";
import type { SubgraphResult } from "../../../subgraphs/subgraph.ts";
import { requestContext, type World } from "../sample-platform.ts";
import { createFilledWorld } from "./filled-world.ts";
import { randomRequest } from "./random-request.ts";

/** `ONEFOLD_RUNS=20000` for a long search; `ONEFOLD_SEED` to repeat one. */
const numRuns = Number(process.env["ONEFOLD_RUNS"] ?? 400);
const seed = process.env["ONEFOLD_SEED"];

const ids = ["1", "2", "device:d1", "none", "i1", "i2", "s1", "a", "v", "l", "unknown"];
const types = ["Consumer", "Item", "Shop", "Content", "Article", "Video", "Livestream", "UserBehavior", "Nothing"];
const references = [
  ...types.flatMap((type) => ids.slice(0, 9).map((id) => ({ __typename: type, id }))),
  ...types.map((type) => ({ __typename: type, id: "1", views: 3, given: { deep: true } })),
  { __typename: "Consumer" },
  { id: "1" },
];

async function cursorsOf(world: World): Promise<readonly string[]> {
  const query = '{ consumer(id: "1") { recent { edges { cursor } } } }';
  const { data } = await world.run("consumer", query);
  const { consumer } = data as { consumer: { recent: { edges: readonly { cursor: string }[] } } };
  return consumer.recent.edges.map(({ cursor }) => JSON.stringify(cursor));
}

/** Counts the root fields that graphql-js resolves. */
function countResolved({ subgraphs }: World): () => number {
  let count = 0;
  for (const { schema } of Object.values(subgraphs)) {
    for (const field of Object.values(schema.getQueryType()?.getFields() ?? {})) {
      const { resolve } = field;
      // Compiled reads call those resolvers, too, that are not told as links.
      if (resolve === undefined || !("link" in resolve || field.name === "_entities")) continue;
      const counting: typeof resolve = (...given) => {
        count += 1;
        return resolve(...given);
      };
      field.resolve = Object.assign(counting, resolve);
    }
  }
  return () => count;
}

/** Errors of one level come in the order in which reads end, which is nobody's promise. */
function comparable({ errors, ...result }: SubgraphResult): unknown {
  return { ...result, errors: errors?.map((error) => JSON.stringify(error)).sort() };
}

describe("a request to a subgraph", () => {
  it(
    "is answered as graphql-js answers it",
    async () => {
      const compiled = await createFilledWorld();
      const resolved = countResolved(compiled);
      const interpreted = await createFilledWorld({ compiledReads: false });
      const times = ['"2017-11-26T00:00:00Z"', '"2017-11-26T12:30:00+02:00"', '"soon"'];
      const values = {
        id: [...ids.map((id) => JSON.stringify(id)), '""', "7"],
        first: ["1", "2", "100", "0", "null"],
        after: [...(await cursorsOf(compiled)), '"x"', "null"],
        every: ["HOUR", "DAY", "MINUTE"],
        from: times,
        to: [...times, "null"],
        at: times,
      };
      const outcomes = { data: 0, errors: 0 };
      const property = fc.asyncProperty(
        fc.constantFrom(...Object.keys(compiled.subgraphs)),
        fc.array(fc.nat(5039), { minLength: 10, maxLength: 200, size: "max" }),
        fc.boolean(),
        async (domain, numbers, wantsCursor) => {
          const subgraph = compiled.subgraphs[domain];
          if (subgraph === undefined) throw new Error(domain);
          const { query, variables } = randomRequest(subgraph.schema, numbers, { maxDepth: 5, values, references });
          const document = parse(query);
          fc.pre(validate(subgraph.schema, document).length === 0);
          const run = async (world: World): Promise<SubgraphResult | undefined> =>
            world.subgraphs[domain]?.execute({ document, variables, context: requestContext({ wantsCursor }) });
          const expected = (await run(interpreted)) ?? {};
          const before = resolved();
          // The second run takes what the first one compiled.
          for (const answer of [await run(compiled), await run(compiled)]) {
            try {
              expect(comparable(answer ?? {})).toEqual(comparable(expected));
              expect(JSON.stringify(answer?.data)).toBe(JSON.stringify(expected.data));
            } catch (error) {
              throw new Error(`${domain}: ${query}\n${JSON.stringify(variables)}\n${String(error)}`);
            }
          }
          if (expected.errors === undefined) expect([query, resolved()]).toEqual([query, before]);
          outcomes[expected.errors === undefined ? "data" : "errors"] += 1;
        },
      );
      await fc.assert(property, { numRuns, maxSkipsPerRun: 1000, ...(seed !== undefined && { seed: Number(seed) }) });
      expect(outcomes.data).toBeGreaterThan(numRuns / 5);
      expect(outcomes.errors).toBeGreaterThan(numRuns / 20);
    },
    60_000 + numRuns * 50,
  );
});
