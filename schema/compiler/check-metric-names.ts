/** Checks over all domains that one metric name has one definition. */
import { expressionText } from "../expression/expression-text.ts";
import type { Metric } from "../model/metric.ts";
import type { EventIndex, EventScope } from "./compile-events.ts";
import type { PlacedMetric } from "./compile-metric.ts";
import { placeOf, placeText } from "./diagnostic.ts";

/** `latest` and `first` are attributes, not measures: two shops' `name` need not mean the same. */
export function checkMetricNames(placed: readonly PlacedMetric[], { events, report }: EventScope): void {
  const first = new Map<string, PlacedMetric & { readonly text: string }>();
  for (const one of placed) {
    const { metric, node } = one;
    if (metric.function === "latest" || metric.function === "first") continue;
    const text = definitionText(metric, events);
    const earlier = first.get(metric.name);
    if (earlier === undefined) first.set(metric.name, { ...one, text });
    else if (earlier.text !== text) {
      const there = placeText(placeOf(earlier.node));
      const reason = `The metric "${metric.name}" is ${text} here, but ${earlier.text} at ${there}.`;
      report.add(
        node,
        reason,
        `Make them equal, or name this one otherwise: by its field, or metric: "…" in @${metric.function}.`,
      );
    }
  }
}

/** Equal texts, equal definitions: function, event, field, filter and period. Dimensions do not belong to it. */
function definitionText(metric: Metric, events: EventIndex): string {
  const field = metric.field === null ? undefined : events.drafts.get(metric.event)?.model.fields[metric.field];
  const of = field === undefined ? metric.event : `${metric.event}.${field.name}`;
  const where = metric.where === null ? "" : ` where ${expressionText(metric.where)}`;
  return `${metric.function} of ${of}${where}${metric.window === null ? "" : ` over ${metric.window.text}`}`;
}
