/** Any query over three subgraphs that are reached over HTTP equals the one over a monolith of the same data. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { execute, parse, validate } from "graphql";
import {
  composeSubgraphs,
  createRemoteSubgraph,
  type RemoteSubgraph,
  type SubgraphTransport,
} from "../../../gateway/index.ts";
import { silentLogger } from "../../../gateway/gateway-logger.ts";
import { createGeneration, type Generation } from "../../../gateway/generation.ts";
import { worldMonolith, worldSubgraphs } from "../fixtures/differential-world.ts";
import { randomOperation } from "../fixtures/random-operation.ts";
import { openRawServer, sendGraphQL, type RawServer } from "../fixtures/raw-server.ts";

/** `ONEFOLD_RUNS=5000` for a long search; `ONEFOLD_SEED` to repeat one. */
const numRuns = Number(process.env["ONEFOLD_RUNS"] ?? 60);
const seed = process.env["ONEFOLD_SEED"];
const context = { requestId: "r", headers: {}, wantsCursor: false, scope: {} };

/** Any transport behind HTTP. */
function serve(transport: SubgraphTransport): Promise<RawServer> {
  return openRawServer({
    onRequest: (response, _request, body) => {
      const { query, variables } = JSON.parse(body) as { query: string; variables: Record<string, unknown> };
      const request = { document: parse(query), variables, context: { ...context, scope: {} } };
      void transport.execute(request).then((result) => sendGraphQL(response, result));
    },
  });
}

describe("a federated query over HTTP", () => {
  const monolith = worldMonolith();
  let servers: RawServer[];
  let remotes: RemoteSubgraph[];
  let generation: Generation;

  beforeAll(async () => {
    const subgraphs = worldSubgraphs();
    servers = await Promise.all(subgraphs.map(serve));
    remotes = await Promise.all(
      subgraphs.map(({ name, sdl }, i) => createRemoteSubgraph({ name, sdl, url: servers[i]?.url ?? "" })),
    );
    generation = await createGeneration({
      ...{ subgraphs: remotes, supergraphSdl: composeSubgraphs(remotes), logger: silentLogger },
      ...{ fetchTimeoutMs: 10_000, planCacheSize: 10 },
    });
  });
  afterAll(async () => {
    generation.close();
    for (const { close } of [...remotes, ...servers]) await close();
  });

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
        const actual = await generation.execute({ document, operationName: undefined, variables, context });
        const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));
        expect(plain(actual.data)).toEqual(plain(expected.data));
        expect((actual.errors ?? []).length > 0).toBe((expected.errors ?? []).length > 0);
      });
      await fc.assert(property, { numRuns, maxSkipsPerRun: 1000, ...(seed !== undefined && { seed: Number(seed) }) });
      expect(checked).toBeGreaterThanOrEqual(numRuns);
    },
    30_000 + numRuns * 100,
  );
});
