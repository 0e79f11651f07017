/** The declaration compiler: SDL texts of all domains in, one domain model out, or every mistake at once. */
import type { DirectiveNode } from "graphql";
import type { PlatformModel } from "../model/platform.ts";
import { checkDirectivePlaces } from "./check-directive-places.ts";
import { checkDirectives } from "./check-directives.ts";
import { checkEntityFields } from "./check-entity-fields.ts";
import { checkEntityTypes } from "./check-entity-types.ts";
import { checkMetricNames } from "./check-metric-names.ts";
import { checkReservedNames } from "./check-reserved-names.ts";
import { checkTypeNames } from "./check-type-names.ts";
import type { Compilation, DomainDeclaration } from "./compilation.ts";
import { compileEntities } from "./compile-entities.ts";
import { compileEntityFields, placedMetrics } from "./compile-entity-fields.ts";
import { compileEntityHeads, type EntityScope } from "./compile-entity-heads.ts";
import { compileEvents, type EventScope } from "./compile-events.ts";
import { compileRankings } from "./compile-rankings.ts";
import { compileSeries, type SeriesScope } from "./compile-series.ts";
import { compileDomainHeads, compileSources } from "./compile-sources.ts";
import { createReport, type Diagnostic } from "./diagnostic.ts";
import type { DirectiveUse } from "./directive-use.ts";
import { fingerprint } from "./fingerprint.ts";
import { parseFiles } from "./parse-files.ts";
import { sortDiagnostics } from "./sort-diagnostics.ts";

export interface DomainText {
  /** As diagnostics name it. */
  readonly file: string;
  readonly text: string;
}

export type CompileResult =
  | { readonly kind: "compiled"; readonly platform: PlatformModel }
  | { readonly kind: "invalid"; readonly diagnostics: readonly Diagnostic[] };

/**
 * The phases stand in the order in which each needs the ones before it; each reports what it finds and hands on what
 * still makes sense, so that one run shows all mistakes of all files and no mistake is told twice.
 *
 *     parse ─> directives ─> domains, sources ─> entity heads ─> events ─> series ─> entity fields ─> rankings ─> checks over all
 */
export function compileDomains(files: readonly DomainText[]): CompileResult {
  const report = createReport();
  const parsed = parseFiles(files, report);
  const checked = parsed.files.map((file) => checkDirectives(file, report));
  const uses = new Map<DirectiveNode, DirectiveUse>(checked.flatMap((one) => [...one.uses]));
  const broken = new Set<DirectiveNode>(checked.flatMap((one) => [...one.broken]));
  const domains = compileDomainHeads(parsed.files, uses, report);
  const declarations = parsed.files.map((file, i): DomainDeclaration => ({ ...file, name: domains[i]?.name ?? "" }));
  const all: Compilation = { domains: declarations, uses, broken, unreadable: parsed.unreadable, report };

  const sources = compileSources(all);
  const entityScope: EntityScope = { ...all, entities: compileEntityHeads(all) };
  const eventScope: EventScope = { ...entityScope, events: compileEvents(entityScope, sources) };
  const scope: SeriesScope = { ...eventScope, series: compileSeries(eventScope) };
  const fields = compileEntityFields(scope);
  const entities = compileEntities(fields, scope);
  const rankings = compileRankings(scope);

  checkEntityTypes(scope);
  checkEntityFields(fields, scope);
  checkMetricNames([...scope.series.placed, ...placedMetrics(fields)], scope);
  checkDirectivePlaces(scope);
  checkReservedNames(scope);
  checkTypeNames(fields, scope);

  if (report.diagnostics.length > 0)
    return { kind: "invalid", diagnostics: sortDiagnostics(report.diagnostics, files) };
  const model = {
    domains,
    sources: [...sources.values()],
    events: [...scope.events.drafts.values()].map((draft) => draft.model),
    entities,
    series: [...scope.series.models.values()],
    rankings,
  };
  return { kind: "compiled", platform: { ...model, fingerprint: fingerprint(model) } };
}
