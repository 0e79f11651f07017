/** Compiles one metric directive: what is measured, on which event and field, with which filter and period. */
import type { FieldDefinitionNode } from "graphql";
import { describeType } from "../expression/describe-type.ts";
import { suggest } from "../expression/suggest.ts";
import type { EventField } from "../model/event.ts";
import type { Metric, MetricFunction } from "../model/metric.ts";
import type { ScalarType } from "../model/value.ts";
import type { Compilation } from "./compilation.ts";
import { compileCondition } from "./compile-condition.ts";
import type { EventDraft, EventScope } from "./compile-events.ts";
import { compileWindow } from "./compile-window.ts";
import { argumentNode, textOf, type DirectiveUse } from "./directive-use.ts";

export const metricFunctions: readonly MetricFunction[] = ["count", "sum", "min", "max", "distinct", "latest", "first"];

export interface MetricDraft {
  readonly metric: Metric;
  readonly event: EventDraft;
  readonly field: EventField | null;
}

/** Undefined where it cannot be made sense of, which is reported. The field's declared type is checked elsewhere. */
export function compileMetric(
  node: FieldDefinitionNode,
  use: DirectiveUse,
  scope: EventScope,
): MetricDraft | undefined {
  const measured = findMeasured(use, scope);
  if (measured === undefined) return undefined;
  const { event, field } = measured;
  const kind = use.name as MetricFunction;
  const type = valueType(kind, field, use, scope);
  const where = compileCondition(
    { use, argument: "where" },
    { fields: event.model.fields, broken: event.broken },
    scope.report,
  );
  const window = compileWindow(use, event.model.futureMs, scope);
  if (type === undefined || where === "broken") return undefined;
  const name = textOf(use, "metric") ?? node.name.value;
  return {
    metric: { name, function: kind, event: event.model.name, field: field?.index ?? null, type, where, window },
    event,
    field,
  };
}

/** Finds the event that `of` names (`OrderPlaced` or `OrderPlaced.amount`). */
export function findEvent(
  name: string,
  use: DirectiveUse,
  { events, report, unreadable }: EventScope,
): EventDraft | undefined {
  const event = events.drafts.get(name);
  if (event !== undefined || events.broken.has(name) || unreadable.has(name)) return event;
  const near = suggest(name, events.drafts.keys());
  const remedy =
    near || `Events: ${[...events.drafts.keys()].join(", ") || "none is declared yet, use @event on a type"}.`;
  report.add(argumentNode(use, "of"), `No domain declares the event "${name}".`, remedy);
  return undefined;
}

function findMeasured(
  use: DirectiveUse,
  scope: EventScope,
): { readonly event: EventDraft; readonly field: EventField | null } | undefined {
  const of = textOf(use, "of") ?? "";
  const [eventName = "", fieldName, ...rest] = of.split(".");
  const event = findEvent(eventName, use, scope);
  if (event === undefined) return undefined;
  const names = event.model.fields.map((field) => field.name);
  const at = argumentNode(use, "of");
  if (use.name === "count") {
    if (fieldName === undefined) return { event, field: null };
    const remedy = `Write of: "${eventName}"; to count only where it is set: where: "${fieldName} is not null".`;
    scope.report.add(at, "@count counts events, not values of a field.", remedy);
    return undefined;
  }
  if (fieldName === undefined || rest.length > 0) {
    const reason = `@${use.name} measures a field, and "${of}" names none.`;
    scope.report.add(at, reason, `Write of: "${eventName}.field"; fields: ${names.join(", ")}.`);
    return undefined;
  }
  const field = event.model.fields.find((candidate) => candidate.name === fieldName);
  if (field !== undefined) return { event, field };
  if (event.broken.has(fieldName)) return undefined;
  const by = event.model.references.find(({ name }) => name === fieldName)?.by;
  const near = by === undefined ? suggest(fieldName, names) : `It leads to an entity: use "${names[by] ?? ""}".`;
  scope.report.add(
    at,
    `${eventName} has no field "${fieldName}".`,
    `${near && `${near} `}Fields: ${names.join(", ")}.`,
  );
  return undefined;
}

const summable: ReadonlySet<ScalarType["kind"]> = new Set(["int", "long", "decimal"]);
const ordered: ReadonlySet<ScalarType["kind"]> = new Set(["int", "long", "float", "decimal", "dateTime"]);

function valueType(
  kind: MetricFunction,
  field: EventField | null,
  use: DirectiveUse,
  { report }: Compilation,
): ScalarType | undefined {
  if (field === null) return { kind: "long" };
  const at = argumentNode(use, "of");
  if (field.list) {
    const reason = `"${field.name}" is a list, which @${kind} cannot measure.`;
    report.add(at, reason, "Measure a field that holds one value.");
    return undefined;
  }
  const { type } = field;
  switch (kind) {
    case "sum":
      if (summable.has(type.kind)) return type.kind === "decimal" ? type : { kind: "long" };
      if (type.kind === "float") {
        const remedy = `Declare "${field.name}" as Decimal with @decimal(scale:), or as Int or Long.`;
        report.add(
          at,
          `A sum of Float depends on the order of its events, so "${field.name}" cannot be summed.`,
          remedy,
        );
      } else
        report.add(
          at,
          `"${field.name}" is ${describeType(type)}, which has no sum.`,
          "Sum an Int, Long or Decimal field.",
        );
      return undefined;
    case "min":
    case "max":
      if (ordered.has(type.kind)) return type;
      report.add(
        at,
        `"${field.name}" is ${describeType(type)}, which has no ${kind}.`,
        `Use a number or a time, or @latest.`,
      );
      return undefined;
    case "count":
    case "distinct":
      return { kind: "long" };
    case "latest":
    case "first":
      return type;
  }
}

/** A metric and the field that declares it. */
export interface PlacedMetric {
  readonly metric: Metric;
  readonly node: FieldDefinitionNode;
}
