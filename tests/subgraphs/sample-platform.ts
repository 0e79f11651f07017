/** The sample domains, compiled, and subgraphs over memory stores that count their calls. */
import { readFileSync } from "node:fs";
import { parse } from "graphql";
import { partitionKey } from "../../schema/cursor.ts";
import { compileDomains } from "../../schema/compiler/compile-domains.ts";
import { seriesLayout } from "../../schema/layout/series-layout.ts";
import { shardOf } from "../../schema/model/entity-key.ts";
import type { EventModel, StandardEvent } from "../../schema/model/event.ts";
import type { PlatformModel } from "../../schema/model/platform.ts";
import type { StandardValue } from "../../schema/model/value.ts";
import { createMemoryChangeFeed } from "../../stores/memory/change-feed.ts";
import { createMemoryIdentityStore } from "../../stores/memory/identity-store.ts";
import { createMemorySeriesStore } from "../../stores/memory/series-store.ts";
import { createMemoryStateStore } from "../../stores/memory/state-store.ts";
import type { ChangeFeed } from "../../stores/ports/change-feed.ts";
import type { IdentityStore } from "../../stores/ports/identity-store.ts";
import type { SeriesStore } from "../../stores/ports/series-store.ts";
import type { EntityMutations, StateStore } from "../../stores/ports/state-store.ts";
import type { Mutation } from "../../stores/ports/state-value.ts";
import { resolvers } from "../../subgraphs/consumer/resolvers.ts";
import { createSubgraphs } from "../../subgraphs/create-subgraph.ts";
import type { ServingDeps } from "../../subgraphs/runtime/serving-deps.ts";
import type { RequestContext, Subgraph, SubgraphResult } from "../../subgraphs/subgraph.ts";

export const GENERATION = 1;
/** 2017-11-26T12:00:00Z. */
export const NOW = Date.UTC(2017, 10, 26, 12);

export function compileSamples(extra: readonly { file: string; text: string }[] = []): PlatformModel {
  const names = ["consumer", "enterprise", "content"];
  const files = names.map((name) => {
    const url = new URL(`../../schema/${name}.graphql`, import.meta.url);
    return { file: `schema/${name}.graphql`, text: readFileSync(url, "utf8") };
  });
  return compile([...files, ...extra]);
}

export function compile(files: readonly { file: string; text: string }[]): PlatformModel {
  const result = compileDomains(files);
  if (result.kind === "invalid") throw new Error(JSON.stringify(result.diagnostics, null, 2));
  return result.platform;
}

export interface CallLog {
  readonly reads: Parameters<StateStore["read"]>[0][];
  readonly series: Parameters<SeriesStore["readSeries"]>[0][];
  readonly resolved: (readonly string[])[];
}

export interface World {
  readonly platform: PlatformModel;
  readonly state: StateStore;
  readonly series: SeriesStore;
  readonly changes: ChangeFeed;
  readonly calls: CallLog;
  readonly logged: string[];
  readonly subgraphs: Readonly<Record<string, Subgraph>>;
  /** Applies mutations to one entity member, as the log range [fence, fence + 1) of one partition. */
  apply(topic: string, entities: readonly EntityMutations[], partition?: number): Promise<number>;
  run(domain: string, query: string, options?: RunOptions): Promise<SubgraphResult>;
}

export interface RunOptions {
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly context?: Partial<RequestContext>;
}

export interface WorldOptions extends Partial<Omit<ServingDeps, "stores">> {
  readonly identity?: Pick<IdentityStore, "resolve">;
  readonly changes?: ChangeFeed;
}

/** Opens the sample platform, or another one, over empty stores. */
export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const platform = options.platform ?? compileSamples();
  const state = createMemoryStateStore();
  const series = createMemorySeriesStore();
  const changes = options.changes ?? createMemoryChangeFeed();
  await series.prepare(GENERATION, seriesLayout(platform));
  const identity = options.identity ?? createMemoryIdentityStore();
  const calls: CallLog = { reads: [], series: [], resolved: [] };
  const logged: string[] = [];
  const deps: ServingDeps = {
    generation: () => GENERATION,
    clock: () => NOW,
    publish: () => Promise.reject(new Error("nothing is published here")),
    resolvers: { consumer: resolvers },
    logger: { error: (_details, message) => void logged.push(message) },
    ...options,
    platform,
    stores: {
      state: { read: (request) => (calls.reads.push(request), state.read(request)) },
      series: {
        fences: (generation) => series.fences(generation),
        readSeries: (read) => (calls.series.push(read), series.readSeries(read)),
        readRanking: (read) => series.readRanking(read),
      },
      identity: { resolve: (entity, ids) => (calls.resolved.push(ids), identity.resolve(entity, ids)) },
      changes,
    },
  };
  const subgraphs = Object.fromEntries(createSubgraphs(deps).map((subgraph) => [subgraph.name, subgraph]));
  const ends = new Map<string, number>();
  return {
    platform,
    state,
    series,
    changes,
    calls,
    logged,
    subgraphs,
    async apply(topic, entities, partition = 0) {
      const place = partitionKey(topic, partition);
      const to = (ends.get(place) ?? 0) + 1;
      const fences = await state.fences(GENERATION, topic, partition);
      const shards = fences.map((from, shard) => ({
        shard,
        from,
        entities: entities.filter(({ entity, key }) => shardOf(entity, key) === shard),
      }));
      await state.apply({ generation: GENERATION, topic, partition, to, shards, segment: null });
      ends.set(place, to);
      return to;
    },
    run(domain, query, { variables = {}, context = {} } = {}) {
      const subgraph = subgraphs[domain];
      if (subgraph === undefined) throw new Error(domain);
      return subgraph.execute({ document: parse(query), variables, context: requestContext(context) });
    },
  };
}

export function requestContext(context: Partial<RequestContext> = {}): RequestContext {
  return { requestId: "r1", headers: {}, wantsCursor: false, scope: {}, ...context };
}

export function eventModel(platform: PlatformModel, name: string): EventModel {
  const model = platform.events.find((event) => event.name === name);
  if (model === undefined) throw new Error(name);
  return model;
}

/** A standardised event from named values; a field that is not named is null. */
export function standardEvent(
  model: EventModel,
  fields: Readonly<Record<string, StandardValue>>,
  at: { readonly id: string; readonly hash?: bigint; readonly offset?: number },
): StandardEvent {
  const values = model.fields.map(({ name }) => fields[name] ?? null);
  if (model.idField !== null) values[model.idField] = at.id;
  const withoutId = values.map((value, i) => (i === model.idField ? null : value));
  const time = Number(values[model.timeField]);
  return {
    model,
    id: at.id,
    values,
    time,
    text: JSON.stringify(withoutId),
    hash: at.hash ?? 0n,
    offset: at.offset ?? 0,
    late: false,
  };
}

export function add(field: string, amount: number | bigint): Mutation {
  return { field, operation: "add", amount };
}
