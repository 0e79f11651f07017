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
import { compileEntityFields } from "./compile-entity-fields.ts";
import { compileEntityHeads } from "./compile-entity-heads.ts";
import { compileEvents } from "./compile-events.ts";
import { compileRankings } from "./compile-rankings.ts";
import { compileSeries } from "./compile-series.ts";
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
  const uses = new Map<DirectiveNode, DirectiveUse>(parsed.files.flatMap((file) => [...checkDirectives(file, report)]));
  const domains = compileDomainHeads(parsed.files, uses, report);
  const declarations = parsed.files.map((file, i): DomainDeclaration => ({ ...file, name: domains[i]?.name ?? "" }));
  const compilation: Compilation = { domains: declarations, uses, unreadable: parsed.unreadable, report };

  const sources = compileSources(compilation);
  const heads = compileEntityHeads(compilation);
  const events = compileEvents(compilation, sources, heads);
  const series = compileSeries(compilation, events);
  const placed = [...series.placed];
  const fields = compileEntityFields({ compilation, entities: heads, events, series, placed });
  const entities = compileEntities(heads, fields, compilation);
  const rankings = compileRankings(compilation, series, heads);

  checkEntityTypes(heads, compilation);
  checkEntityFields(fields, compilation);
  checkMetricNames(placed, events, compilation);
  checkDirectivePlaces(heads, compilation);
  checkReservedNames(heads, events, compilation);
  checkTypeNames(heads, events, compilation);

  if (report.diagnostics.length > 0)
    return { kind: "invalid", diagnostics: sortDiagnostics(report.diagnostics, files) };
  const model = {
    domains,
    sources: [...sources.values()],
    events: [...events.drafts.values()].map((draft) => draft.model),
    entities,
    series: [...series.models.values()],
    rankings,
  };
  return { kind: "compiled", platform: { ...model, fingerprint: fingerprint(model) } };
}
