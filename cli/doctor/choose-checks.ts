/** Which checks belong to a configuration: the one place that knows all of them. */
import { seriesLayout } from "../../schema/layout/series-layout.ts";
import type { PlatformModel } from "../../schema/model/platform.ts";
import type { DistributedConfig, EmbeddedConfig, StartConfig } from "../config.ts";
import { readDeclarations } from "../declarations.ts";
import { readVersion } from "../read-version.ts";
import type { Check } from "./check.ts";
import { machineChecks } from "./machine-checks.ts";

export async function chooseChecks(config: StartConfig): Promise<readonly Check[]> {
  const machine = machineChecks({ domains: config.domains, version: readVersion() });
  const stores = config.profile === "embedded" ? await embedded(config) : await distributed(config);
  return [...machine, ...stores];
}

async function embedded({ dataDir }: EmbeddedConfig): Promise<readonly Check[]> {
  const { embeddedChecks } = await import("./embedded-checks.ts");
  const { askInstance } = await import("./ask-instance.ts");
  return embeddedChecks({ dataDir, askInstance: (signal) => askInstance(dataDir, signal) });
}

async function distributed(config: DistributedConfig): Promise<readonly Check[]> {
  const { kafkaChecks } = await import("./kafka-checks.ts");
  const { redisChecks } = await import("./redis-checks.ts");
  const { clickHouseChecks } = await import("./clickhouse-checks.ts");
  const platform = await readPlatform(config.domains);
  return [
    ...kafkaChecks({ options: config.kafka, platform }),
    ...redisChecks(config.redis),
    ...clickHouseChecks({
      options: config.clickhouse,
      tables: seriesLayout(platform),
      generation: () => servingGeneration(config),
    }),
  ];
}

/** Declarations with mistakes fail a check of their own; the others then look at what needs none. */
async function readPlatform(domains: string): Promise<PlatformModel> {
  return await readDeclarations(domains).catch((): PlatformModel => ({
    domains: [],
    sources: [],
    events: [],
    entities: [],
    series: [],
    rankings: [],
    fingerprint: "",
  }));
}

/** Null where Redis does not answer: a check of its own says so. */
async function servingGeneration({ redis }: DistributedConfig): Promise<number | null> {
  const { openRedisStateStore } = await import("../../stores/distributed/redis/state-store.ts");
  const state = await openRedisStateStore(redis).catch(() => null);
  if (state === null) return null;
  try {
    return (await state.generations())?.serving ?? null;
  } catch {
    return null;
  } finally {
    await state[Symbol.asyncDispose]();
  }
}
