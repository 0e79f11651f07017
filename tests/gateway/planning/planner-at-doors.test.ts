/** A gateway whose planner spins, eats memory and aborts on some operations: what clients of all doors see of it. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { composeSubgraphs } from "../../../gateway/index.ts";
import { silentLogger } from "../../../gateway/gateway-logger.ts";
import { createGeneration } from "../../../gateway/generation.ts";
import { openGateway } from "../../../gateway/server/create-gateway.ts";
import { gatewaySettings } from "../../../gateway/server/gateway-options.ts";
import { ServingGraph } from "../../../gateway/serving-graph.ts";
import { readEvents, type Answer } from "../fixtures/gateway-client.ts";
import { shopGraph } from "../fixtures/shop-graph.ts";

/** The native planner, but for aliases that say what goes wrong. */
const faultyPlanner = `
const { QueryPlanner } = require(${JSON.stringify(createRequire(import.meta.url).resolve("@graphql-hive/router-query-planner"))});
exports.QueryPlanner = class extends QueryPlanner {
  async planAsync(operation, ...rest) {
    if (operation.includes("aborts")) process.abort();
    if (operation.includes("spins")) for (;;);
    const eaten = [];
    while (operation.includes("eats")) {
      eaten.push(Buffer.alloc(8_000_000, 1));
      await new Promise(setImmediate);
    }
    return super.planAsync(operation, ...rest);
  }
};`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "planner-"));
  await writeFile(join(folder, "faulty.cjs"), faultyPlanner);
});
afterAll(() => rm(folder, { recursive: true }));

async function openFaulty() {
  const shop = shopGraph();
  const subgraphs = [shop.catalog, shop.opinions, shop.people];
  const settings = gatewaySettings({ planTimeoutMs: 1_000, maxPlanningBytes: 100_000_000 });
  const generation = await createGeneration({
    ...{ ...settings, supergraphSdl: composeSubgraphs(subgraphs), subgraphs, logger: silentLogger },
    planner: { plannerModule: join(folder, "faulty.cjs") },
  });
  const gateway = await openGateway(new ServingGraph(generation), settings, silentLogger);
  const port = await gateway.listen({ port: 0 });
  const post = (query: string, accept = "application/json"): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/graphql`, {
      method: "POST",
      headers: { accept, "content-type": "application/json" },
      body: JSON.stringify({ query }),
    });
  const doors: Record<string, (query: string) => Promise<Answer | null | undefined>> = {
    http: async (query) => (await post(query)).json() as Promise<Answer>,
    events: async (query) => {
      await using events = readEvents(await post(query, "text/event-stream"));
      return (await events.next())?.data;
    },
    socket: async (query) => {
      const client = createClient({
        url: `ws://127.0.0.1:${port}/graphql`,
        webSocketImpl: WebSocket,
        retryAttempts: 0,
      });
      try {
        return (await client.iterate({ query }).next()).value as Answer;
      } finally {
        await client.dispose();
      }
    },
  };
  return {
    ...{ doors, post, log: shop.log },
    async [Symbol.asyncDispose]() {
      await gateway.close();
      generation.close();
    },
  };
}

describe("a gateway whose planner goes wrong", () => {
  it.each([
    ["aborts", "PLAN_FAILED"],
    ["spins", "PLAN_TIMEOUT"],
    ["eats", "PLAN_TOO_LARGE"],
  ])("answers the operation that %s with %s at every door, and all others as ever", async (fault, code) => {
    await using gateway = await openFaulty();
    for (const [door, ask] of Object.entries(gateway.doors)) {
      const [bad, ...good] = await Promise.all([
        ask(`{ me { ${fault}_${door}: id } }`),
        ask(`{ me { one_${door}: id } }`),
        ask(`{ me { two_${door}: id } }`),
      ]);
      expect([door, bad]).toMatchObject([door, { errors: [{ extensions: { code } }] }]);
      expect(bad).not.toHaveProperty("data.me");
      expect(good).toEqual([{ data: { me: { [`one_${door}`]: "u1" } } }, { data: { me: { [`two_${door}`]: "u1" } } }]);
    }
  });

  it("says whose fault it is by status, where the client can tell", async () => {
    await using gateway = await openFaulty();
    expect((await gateway.post("{ me { aborts: id } }", "application/graphql-response+json")).status).toBe(500);
    expect((await gateway.post("{ me { aborts: id } }")).status).toBe(200);
  });

  it("does nothing of a mutation of which one field cannot be planned", async () => {
    await using gateway = await openFaulty();
    const { http } = gateway.doors;
    const bad = 'mutation { addProduct(name: "x") { id } addReview(product: "1", body: "b") { aborts: body } }';
    expect(await http?.(bad)).toMatchObject({ errors: [{ extensions: { code: "PLAN_FAILED" } }] });
    expect(gateway.log).toEqual([]);
    const good = 'mutation { addProduct(name: "x") { id } addReview(product: "1", body: "b") { body } }';
    expect(await http?.(good)).toEqual({ data: { addProduct: { id: "9" }, addReview: { body: "b" } } });
    expect(gateway.log).toHaveLength(2);
  });
});
