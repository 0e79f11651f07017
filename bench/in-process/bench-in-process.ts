/**
 * One graph of three domains over one Redis server: served in-process by Onefold, and by Hive Gateway over a subgraph a domain by
 * hand (Apollo Server, dataloader, ioredis), in turns.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Redis } from "ioredis";
import { OpenedResources } from "../../cli/profiles/opened-resources.ts";
import { startRedis } from "../../cli/services/redis-service.ts";
import { openRedisStateStore } from "../../stores/distributed/redis/state-store.ts";
import { hiveJit, hiveRouterRuntime } from "../gateway/contenders/hive-gateway.ts";
import { startContender } from "../gateway/contenders/start-contender.ts";
import { benchPlatform } from "./data/bench-platform.ts";
import { fillHashes } from "./data/fill-hashes.ts";
import { fillStateStore } from "./data/fill-state-store.ts";
import { HASHES_DB } from "./data/redis-databases.ts";
import { graphQueries } from "./graph-queries.ts";
import { measureInTurns, type Stack } from "./measure-in-turns.ts";
import { onefoldInProcess } from "./onefold/onefold-in-process.ts";
import { startPeerSubgraphs } from "./peers/start-peer-subgraphs.ts";
import { summaryLines } from "./summary-lines.ts";

const usage = `  --queries LIST   of ${graphQueries.map(({ name }) => name).join(", ")} (all)
  --gateways LIST  of the peers: hive-router-runtime, hive-jit (both)
  --rounds N       3
  --seconds N      of one round (5)
  --warm-up N      seconds before the first round, with each query (10)
  --connections N  50
  --profile DIR    has Onefold write a V8 CPU profile there when it ends
`;

export async function benchInProcess(args: readonly string[]): Promise<void> {
  const options = readOptions(args);
  if (options === undefined) return;
  for (const peer of options.peers) await peer.prepare();
  await using opened = new OpenedResources();
  const folder = await mkdtemp(join(tmpdir(), "onefold-bench-"));
  opened.use({ [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) });
  const redis = opened.use(await startRedis({ folder: join(folder, "redis"), port: 0, appendonly: "no" }));
  const [address = ""] = redis.addresses;
  await fill(address);

  const stacks: Stack[] = [];
  const site = { tier: "reads", supergraph: "", folder } as const;
  const ours = opened.use(await startContender(onefoldInProcess(address, options.profile), site));
  stacks.push({ gateway: ours, subgraphPids: [] });
  const subgraphs = opened.use(await startPeerSubgraphs(address, folder));
  for (const peer of options.peers) {
    const gateway = opened.use(await startContender(peer, { ...site, supergraph: subgraphs.supergraph }));
    stacks.push({ gateway, subgraphPids: subgraphs.pids });
  }
  for (const query of options.queries) {
    const samples = await measureInTurns(stacks, query, { ...options, redisPid: redis.pids[0] ?? 0 });
    if (samples.some(({ wrong }) => wrong > 0)) process.exitCode = 1;
    for (const line of summaryLines(query.name, samples)) console.log(line);
  }
}

async function fill(address: string): Promise<void> {
  const [host = "", port = ""] = address.split(":");
  const node = { host, port: Number(port) };
  await using store = await openRedisStateStore({ nodes: [node], cluster: false });
  await fillStateStore(store, await benchPlatform());
  const hashes = new Redis({ ...node, db: HASHES_DB });
  await fillHashes(hashes);
  hashes.disconnect();
}

function readOptions(args: readonly string[]) {
  try {
    const number = (value: string): { type: "string"; default: string } => ({ type: "string", default: value });
    const { values } = parseArgs({
      args: [...args],
      options: {
        queries: number(graphQueries.map(({ name }) => name).join(",")),
        gateways: number([hiveRouterRuntime, hiveJit].map(({ name }) => name).join(",")),
        rounds: number("3"),
        seconds: number("5"),
        "warm-up": number("10"),
        connections: number("50"),
        profile: { type: "string" },
      },
    });
    return {
      queries: named(values.queries, graphQueries),
      peers: named(values.gateways, [hiveRouterRuntime, hiveJit]),
      rounds: positive(values.rounds),
      seconds: positive(values.seconds),
      warmUpSeconds: positive(values["warm-up"]),
      connections: positive(values.connections),
      profile: values.profile,
    };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    process.exitCode = 2;
    return undefined;
  }
}

function named<Item extends { readonly name: string }>(list: string, known: readonly Item[]): readonly Item[] {
  return list.split(",").map((name) => {
    const item = known.find((one) => one.name === name);
    if (item === undefined) throw new TypeError(`"${name}" is none of ${known.map((one) => one.name).join(", ")}.`);
    return item;
  });
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new TypeError(`${JSON.stringify(text)} is no number above 0.`);
  return value;
}
