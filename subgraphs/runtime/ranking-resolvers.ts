/** Lists ranked by a measure: the root field that reads the bucket, and the fields of its rows. */
import type { RankingModel } from "../../schema/model/series.ts";
import type { RankingEntry } from "../../stores/ports/series-store.ts";
import { alignDown, readInterval } from "./bucket-range.ts";
import { inputInvalid } from "./input-invalid.ts";
import { referenceLink } from "./reference-node.ts";
import type { Resolver, ResolverParts } from "./resolver-parts.ts";
import { measureResolvers } from "./series-row-resolvers.ts";

/** One place in the list, on its way through graphql-js. */
export interface RankingNode extends RankingEntry {
  /** From 1. */
  readonly rank: number;
}

const defaultFirst = 20;

/** The first `first` of the bucket of size `every` that contains `at`, which is now if left out. */
export function rankingResolver({ index }: ResolverParts, ranking: RankingModel): Resolver<unknown> {
  const { name: table, series } = index.rankingTable(ranking.name);
  const topic = index.event(series.event).topic;
  return async (_root, args, context): Promise<readonly RankingNode[]> => {
    const everyMs = readInterval(args["every"] ?? ranking.every[0], ranking.every);
    const limit = readFirst(args["first"] ?? Math.min(defaultFirst, ranking.maxFirst), ranking);
    const from = alignDown(typeof args["at"] === "number" ? args["at"] : context.now, everyMs);
    const read = { table, measure: ranking.measure, from, to: from + everyMs, limit };
    const { entries, includes } = await context.reads.series.ranking(read);
    if (includes !== null) context.collector.add([topic], includes);
    return entries.map((entry, i) => ({ ...entry, rank: i + 1 }));
  };
}

/** The ranked entity and the measures of a row; `rank` resolves by itself. */
export function rankingRowResolvers(
  parts: ResolverParts,
  ranking: RankingModel,
): Readonly<Record<string, Resolver<RankingNode>>> {
  const { series } = parts.index.rankingTable(ranking.name);
  return {
    ...measureResolvers(series, []),
    [ranking.entityField]: referenceLink<RankingNode>(parts, ranking.entity, ({ key }) => key),
  };
}

function readFirst(first: unknown, ranking: RankingModel): number {
  if (typeof first === "number" && first >= 1 && first <= ranking.maxFirst) return first;
  throw inputInvalid(`first: ${String(first)} is out of range.`, `${ranking.name} takes 1 to ${ranking.maxFirst}.`);
}
