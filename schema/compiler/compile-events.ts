/** Phase 5: event types into event models. A model is made even where parts are broken, so that the rest can be checked. */
import type { EventField, EventModel } from "../model/event.ts";
import type { SourceModel } from "../model/source.ts";
import { suggest } from "../expression/suggest.ts";
import type { TypeDeclaration } from "./collect-types.ts";
import { hasBrokenDirective, shapeOf, type Compilation, type DomainDeclaration } from "./compilation.ts";
import { compileEventAssertions } from "./compile-event-assertions.ts";
import { compileEventField } from "./compile-event-field.ts";
import { reportPath, splitPath } from "./read-from.ts";
import { compileIdentifiers } from "./compile-identifiers.ts";
import { compileReferences, isReferenceField } from "./compile-references.ts";
import type { EntityScope } from "./compile-entity-heads.ts";
import { placeOf, placeText } from "./diagnostic.ts";
import { argumentNode, hasDirective, itemNode, recordsOf, textOf, useOf, type DirectiveUse } from "./directive-use.ts";
import { parseDuration } from "./parse-duration.ts";
import { roleOf } from "./type-role.ts";

export interface EventDraft {
  readonly model: EventModel;
  readonly type: TypeDeclaration;
  readonly domain: DomainDeclaration;
  /** Fields that stand there with a type of no use: not to be called unknown. */
  readonly broken: ReadonlySet<string>;
}

export interface EventIndex {
  readonly drafts: ReadonlyMap<string, EventDraft>;
  /** Types with an `@event` that is itself broken. */
  readonly broken: ReadonlySet<string>;
}

/** What the phases after this one know. */
export interface EventScope extends EntityScope {
  readonly events: EventIndex;
}

export function compileEvents(scope: EntityScope, sources: ReadonlyMap<string, SourceModel>): EventIndex {
  const drafts = new Map<string, EventDraft>();
  const broken = new Set<string>();
  for (const domain of scope.domains) {
    for (const type of domain.types.values()) {
      if (type.kind !== "object" || roleOf(type) !== "event" || scope.entities.byType.has(type.name)) continue;
      const use = useOf(scope.uses, type, "event");
      if (use === undefined) {
        if (!hasDirective(type, "event") && !hasBrokenDirective(type, scope)) {
          const reason = `"${type.name}" has fields of an event, but no @event.`;
          scope.report.add(type.nameNode, reason, 'Add @event(source: "…", key: "…", time: "…").');
        }
        broken.add(type.name);
        continue;
      }
      const earlier = drafts.get(type.name);
      if (earlier === undefined) drafts.set(type.name, compileEvent({ use, type, domain }, sources, scope));
      else {
        const reason = `The event "${type.name}" is declared twice: also at ${placeText(placeOf(earlier.type.nameNode))}.`;
        scope.report.add(type.nameNode, reason, "An event has one name over all domains: rename one of them.");
      }
    }
  }
  checkSharedSources(drafts, scope);
  return { drafts, broken };
}

interface Declared {
  readonly use: DirectiveUse;
  readonly type: TypeDeclaration;
  readonly domain: DomainDeclaration;
}

function compileEvent(declared: Declared, sources: ReadonlyMap<string, SourceModel>, scope: EntityScope): EventDraft {
  const { use, type, domain } = declared;
  const fields: EventField[] = [];
  const broken = new Set<string>();
  for (const node of type.fields) {
    if (isReferenceField(node, scope.entities)) continue;
    const field = compileEventField(node, { event: type.name, index: fields.length, domain }, scope);
    if (field === undefined) broken.add(node.name.value);
    else fields.push(field);
  }
  const identifiers = compileIdentifiers(type, fields, scope);
  const references = compileReferences({ type, fields, identifiers }, scope);
  for (const { name } of type.fields.filter((node) => isReferenceField(node, scope.entities))) {
    if (!references.some((reference) => reference.name === name.value)) broken.add(name.value);
  }
  const source = textOf(use, "source") ?? "";
  const named = { use, type, fields, broken };
  const model: EventModel = {
    name: type.name,
    domain: domain.name,
    description: type.description,
    source,
    topic: findSource(use, source, sources, scope)?.topic ?? `events.${source}`,
    match: readMatch(use, scope),
    fields,
    idField: textOf(use, "id") === null ? null : findSpecialField("id", named, scope),
    keyField: findSpecialField("key", named, scope) ?? 0,
    timeField: findSpecialField("time", named, scope) ?? 0,
    latenessMs: durationOf(use, "late"),
    futureMs: durationOf(use, "future"),
    assertions: compileEventAssertions(type, { fields, broken }, scope),
    identifiers,
    references,
  };
  return { model, type, domain, broken };
}

function findSource(
  use: DirectiveUse,
  name: string,
  sources: ReadonlyMap<string, SourceModel>,
  { report, unreadable }: Compilation,
): SourceModel | undefined {
  const source = sources.get(name);
  if (source !== undefined || unreadable.has(name)) return source;
  const near = suggest(name, sources.keys());
  const remedy = near || `Declare it on the schema: extend schema @source(name: "${name}").`;
  report.add(argumentNode(use, "source"), `No domain declares the source "${name}".`, remedy);
  return undefined;
}

function readMatch(use: DirectiveUse, { report }: Compilation): EventModel["match"] {
  return recordsOf(use, "match").map((record, i) => {
    const text = String(record["path"]);
    const path = splitPath(text);
    if (path === null) reportPath(itemNode(use, "match", [i, "path"]), text, report);
    return { path: path ?? [], equals: String(record["equals"]) };
  });
}

/** What the field that `id`, `key` or `time` names must be. */
const specialFields = {
  id: { kinds: ["id", "string"], mayBeNull: true, form: "ID or String" },
  key: { kinds: ["id", "string", "int", "long", "enum"], mayBeNull: false, form: "ID!, String!, Int! or Long!" },
  time: { kinds: ["dateTime"], mayBeNull: false, form: "DateTime!" },
} as const;

interface Named {
  readonly use: DirectiveUse;
  readonly type: TypeDeclaration;
  readonly fields: readonly EventField[];
  readonly broken: ReadonlySet<string>;
}

function findSpecialField(argument: "id" | "key" | "time", named: Named, { report }: Compilation): number | null {
  const { use, type, fields, broken } = named;
  const name = textOf(use, argument) ?? "";
  const rule = specialFields[argument];
  const field = fields.find((candidate) => candidate.name === name);
  if (field === undefined) {
    if (broken.has(name)) return null;
    const names = fields.map((candidate) => candidate.name);
    const near = suggest(name, names);
    const reason = `The ${argument} of "${type.name}" names "${name}", which is not a field of it.`;
    report.add(argumentNode(use, argument), reason, `${near && `${near} `}Fields: ${names.join(", ")}.`);
    return null;
  }
  const node = type.fields.find((candidate) => candidate.name.value === name);
  const kinds: readonly string[] = rule.kinds;
  if (!kinds.includes(field.type.kind) || field.list) {
    const reason = `"${name}" is the ${argument} of "${type.name}", but cannot be one by its type.`;
    report.add(node?.type ?? use.node, reason, `Declare it as ${rule.form}.`);
  } else if (field.nullable && !rule.mayBeNull) {
    const reason = `"${name}" is the ${argument} of "${type.name}", so it may not be null.`;
    report.add(
      node?.type ?? use.node,
      reason,
      `Declare it as ${name}: ${node === undefined ? rule.form : `${shapeOf(node.type).text}!`}.`,
    );
  }
  return field.index;
}

function durationOf(use: DirectiveUse, argument: string): number {
  const duration = parseDuration(textOf(use, argument) ?? "");
  return duration.kind === "ok" ? duration.ms : 0;
}

/** Records of a source that several events share must be told apart. */
function checkSharedSources(drafts: ReadonlyMap<string, EventDraft>, { uses, report }: Compilation): void {
  const bySource = new Map<string, EventDraft[]>();
  for (const draft of drafts.values()) {
    bySource.set(draft.model.source, [...(bySource.get(draft.model.source) ?? []), draft]);
  }
  for (const [source, sharers] of bySource) {
    if (sharers.length < 2) continue;
    for (const { model, type } of sharers) {
      const use = useOf(uses, type, "event");
      if (model.match.length > 0 || use === undefined) continue;
      const others = sharers.map((other) => other.model.name).filter((name) => name !== model.name);
      const reason = `The source "${source}" is shared with ${others.join(", ")}, but "${model.name}" takes every record of it.`;
      report.add(argumentNode(use, "source"), reason, 'Say which are its own: match: [{ path: "type", equals: "…" }].');
    }
  }
}
