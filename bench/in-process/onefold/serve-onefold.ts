/**
 * Onefold as one process: its gateway with all domains in-process, over the state store in Redis. Takes the address of Redis and
 * its own port as arguments. What needs Kafka or ClickHouse is not served here, and nobody asks for it.
 */
import { createGateway } from "../../../gateway/index.ts";
import { resolvers } from "../../../subgraphs/consumer/resolvers.ts";
import { createSubgraphs } from "../../../subgraphs/create-subgraph.ts";
import type { ServingStores } from "../../../subgraphs/runtime/serving-deps.ts";
import { openRedisStateStore } from "../../../stores/distributed/redis/state-store.ts";
import { createSelfIdentityStore } from "../../../stores/ports/resolve-to-self.ts";
import { GENERATION } from "../data/fill-state-store.ts";
import { benchPlatform } from "../data/bench-platform.ts";

const [host = "", redisPort = "", port = ""] = process.argv.slice(2);
const state = await openRedisStateStore({ nodes: [{ host, port: Number(redisPort) }], cluster: false });
const absent = (): never => {
  throw new Error("This process serves state only.");
};
const stores: ServingStores = {
  state,
  identity: createSelfIdentityStore(),
  series: { fences: absent, readSeries: absent, readRanking: absent },
  changes: { subscribe: absent, ends: absent },
};
const subgraphs = createSubgraphs({
  platform: await benchPlatform(),
  stores,
  generation: () => GENERATION,
  clock: () => Date.now(),
  publish: absent,
  resolvers: { consumer: resolvers },
  logger: { error: (details, message) => process.stderr.write(`${message} ${JSON.stringify(details)}\n`) },
});
const gateway = await createGateway({ subgraphs });
await gateway.listen({ host: "127.0.0.1", port: Number(port) });
process.on("SIGTERM", () => void gateway.close().then(() => process.exit()));
