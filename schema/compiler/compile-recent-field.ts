/** Compiles an entity's list of recent events. */
import type { RecentField } from "../model/entity.ts";
import { connectionName } from "../model/generated-names.ts";
import { checkFieldArguments } from "./check-field-arguments.ts";
import { checkIdentifies } from "./check-identifies.ts";
import { shapeOf } from "./compilation.ts";
import { compileCondition } from "./compile-condition.ts";
import type { FieldAt } from "./compile-entity-fields.ts";
import { findEvent } from "./compile-metric.ts";
import type { SeriesScope } from "./compile-series.ts";
import { argumentNode, integerOf, textOf } from "./directive-use.ts";

const maxKeep = 1000;

export function compileRecentField({ node, use, base, holder }: FieldAt, scope: SeriesScope): RecentField | undefined {
  const { report } = scope;
  checkFieldArguments(node, { first: ["Int", "Int!"], after: ["String"] }, report);
  const keep = integerOf(use, "keep") ?? 100;
  if (keep < 1 || keep > maxKeep) {
    report.add(
      argumentNode(use, "keep"),
      `${keep} events cannot be kept.`,
      `Keep 1 to ${maxKeep}; a @timeSeries goes further back.`,
    );
  }
  const event = findEvent(textOf(use, "of") ?? "", use, scope);
  if (event === undefined) return undefined;
  const { name } = event.model;
  const right = `${connectionName(name)}!`;
  if (event.domain !== holder.domain) {
    const reason = `${name} is an event of the domain "${event.domain.name}", and a list holds events of its own domain.`;
    report.add(argumentNode(use, "of"), reason, `Declare the field on type ${base.on} in ${event.domain.file}.`);
  } else if (shapeOf(node.type).text !== right) {
    const reason = `"${base.name}" is ${shapeOf(node.type).text}, but a list of ${name} is a connection.`;
    report.add(node.type, reason, `Declare it as ${base.name}(first: Int = 20, after: String): ${right}.`);
  }
  checkIdentifies({ event, head: holder.head, use }, scope);
  const where = compileCondition(
    { use, argument: "where" },
    { fields: event.model.fields, broken: event.broken },
    report,
  );
  return where === "broken" ? undefined : { kind: "recent", ...base, event: name, keep, where };
}
