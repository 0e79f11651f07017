/** The engine against the specification: any query over three subgraphs equals the one over a monolith of the same data. */
import { afterAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { execute, parse, validate } from "graphql";
import { composeSubgraphs } from "../../../gateway/index.ts";
import { silentLogger } from "../../../gateway/gateway-logger.ts";
import { createGeneration } from "../../../gateway/generation.ts";
import { worldMonolith, worldSubgraphs } from "../fixtures/differential-world.ts";
import { randomOperation } from "../fixtures/random-operation.ts";

/** `ONEFOLD_RUNS=20000` for a long search; `ONEFOLD_SEED` to repeat one. */
const numRuns = Number(process.env["ONEFOLD_RUNS"] ?? 300);
const seed = process.env["ONEFOLD_SEED"];

const monolith = worldMonolith();
const subgraphs = worldSubgraphs();
const generation = await createGeneration({
  supergraphSdl: composeSubgraphs(subgraphs),
  subgraphs,
  logger: silentLogger,
  fetchTimeoutMs: 10_000,
  planCacheSize: 10,
});

afterAll(() => generation.close());

describe("a federated query", () => {
  it(
    "gives the same data as a monolith, and errors only where it does",
    async () => {
      let checked = 0;
      const numbers = fc.array(fc.nat(5039), { minLength: 10, maxLength: 250, size: "max" });
      const property = fc.asyncProperty(numbers, async (choices) => {
        const { query, variables } = randomOperation(monolith, choices, 4);
        const document = parse(query);
        fc.pre(validate(monolith, document).length === 0);
        checked += 1;
        const expected = await execute({ schema: monolith, document, variableValues: variables });
        const context = { requestId: "r", headers: {}, wantsCursor: false, scope: {} };
        const actual = await generation.execute({ document, operationName: undefined, variables, context });
        const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));
        try {
          expect(plain(actual.data)).toEqual(plain(expected.data));
          expect((actual.errors ?? []).length > 0).toBe((expected.errors ?? []).length > 0);
        } catch (error) {
          throw new Error(`${query}\n${JSON.stringify(variables)}\n${JSON.stringify(actual.errors)}\n${String(error)}`);
        }
      });
      await fc.assert(property, { numRuns, maxSkipsPerRun: 1000, ...(seed !== undefined && { seed: Number(seed) }) });
      expect(checked).toBeGreaterThanOrEqual(numRuns);
    },
    30_000 + numRuns * 50,
  );
});
