/** The options of `npm run bench -- gateway`. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { apolloGateway } from "./contenders/apollo-gateway.ts";
import { tiers, type Contender, type Tier } from "./contenders/contender.ts";
import { hiveJit, hiveRouterRuntime } from "./contenders/hive-gateway.ts";
import { nodeHttp } from "./contenders/node-http.ts";
import { hiveRouter, hiveRouterIsBuilt } from "./contenders/hive-router.ts";
import { onefold } from "./contenders/onefold.ts";
import { shopQueries, type ShopQuery } from "./shop/shop-queries.ts";

export interface BenchOptions {
  readonly contenders: readonly Contender[];
  readonly tiers: readonly Tier[];
  readonly queries: readonly ShopQuery[];
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly connections: number;
  /** As one JSON value in place of tables. */
  readonly json: boolean;
}

export const usage = `  --gateways LIST      of onefold, apollo, hive-jit, hive-router-runtime, hive-router, node-http (all; hive-router once it is built)
  --checkout NAME=DIR  our gateway of another checkout that is built, in place of this one's; more than one may be given
  --tiers LIST         of none, reads, queries (all)
  --queries LIST       of ${shopQueries.map(({ name }) => name).join(", ")} (all)
  --rounds N           3
  --seconds N          of one round of one gateway (5)
  --warm-up N          seconds before the first round, with each query (10)
  --connections N      50
  --profile DIR        has our gateway write a V8 CPU profile there when it ends
  --json               figures as JSON
`;

const root = join(import.meta.dirname, "../../..");

/** @throws TypeError for what it does not know */
export function readBenchOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      gateways: { type: "string" },
      checkout: { type: "string", multiple: true },
      tiers: { type: "string" },
      queries: { type: "string" },
      rounds: { type: "string", default: "3" },
      seconds: { type: "string", default: "5" },
      "warm-up": { type: "string", default: "10" },
      connections: { type: "string", default: "50" },
      profile: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const flags = values.profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${values.profile}`];
  const ours = (values.checkout ?? [`onefold=${root}`]).map((entry) => {
    const [name = "", ...path] = entry.split("=");
    return onefold({ name, checkout: path.join("="), flags });
  });
  const groups = new Map<string, readonly Contender[]>([
    ["onefold", ours],
    ...[apolloGateway, hiveJit, hiveRouterRuntime, hiveRouter, nodeHttp].map((peer) => [peer.name, [peer]] as const),
  ]);
  const usual = [...groups.keys()].filter((name) => name !== hiveRouter.name || hiveRouterIsBuilt).join(",");
  const named = <Value>(list: string | undefined, known: ReadonlyMap<string, Value>): readonly Value[] =>
    (list?.split(",") ?? [...known.keys()]).map((name) => {
      const value = known.get(name);
      if (value === undefined) throw new TypeError(`"${name}" is none of ${[...known.keys()].join(", ")}.`);
      return value;
    });
  return {
    contenders: named(values.gateways ?? usual, groups).flat(),
    tiers: named(values.tiers, new Map(tiers.map((tier) => [tier, tier]))),
    queries: named(values.queries, new Map(shopQueries.map((query) => [query.name, query]))),
    rounds: positive(values.rounds),
    seconds: positive(values.seconds),
    warmUpSeconds: positive(values["warm-up"]),
    connections: positive(values.connections),
    json: values.json,
  };
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new TypeError(`${JSON.stringify(text)} is no number above 0.`);
  return value;
}
