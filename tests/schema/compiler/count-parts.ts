/** Counts what declarations say and what a model holds of it, so that the two can be compared. */
import { parse, visit } from "graphql";
import type { DomainText } from "../../../schema/compiler/compile-domains.ts";
import type { PlatformModel } from "../../../schema/model/platform.ts";

const metrics = ["count", "sum", "min", "max", "distinct", "latest", "first"] as const;
const counted = ["source", "event", "entity", "identifies", "reference", "timeSeries", "top", "recent", "series"];

type Counts = Readonly<Record<string, number>>;

/** How often each directive stands in the files. */
export function countDirectives(files: readonly DomainText[]): Counts {
  const counts: Record<string, number> = Object.fromEntries([...counted, ...metrics].map((name) => [name, 0]));
  for (const { text } of files) {
    visit(parse(text), {
      Directive({ name }) {
        const count = counts[name.value];
        if (count !== undefined) counts[name.value] = count + 1;
      },
    });
  }
  return counts;
}

/** How often the model holds what each directive declares. */
export function countParts(platform: PlatformModel): Counts {
  const { events, entities, series } = platform;
  const fields = entities.flatMap((entity) => entity.fields);
  const measured = [
    ...fields.flatMap((field) => (field.kind === "metric" ? [field.metric] : [])),
    ...series.flatMap(({ measures }) => measures),
  ];
  return {
    source: platform.sources.length,
    event: events.length,
    entity: entities.length,
    identifies: events.flatMap(({ identifiers }) => identifiers).length,
    reference: events.flatMap(({ references }) => references).length,
    timeSeries: series.length,
    top: platform.rankings.length,
    recent: fields.filter(({ kind }) => kind === "recent").length,
    series: fields.filter(({ kind }) => kind === "series").length,
    ...Object.fromEntries(metrics.map((name) => [name, measured.filter((one) => one.function === name).length])),
  };
}
