/** Phase 3: `@domain` and `@source` of each file. */
import type { DomainModel } from "../model/platform.ts";
import type { SourceModel } from "../model/source.ts";
import type { Compilation } from "./compilation.ts";
import type { DomainFile } from "./parse-files.ts";
import { placeOf, placeText, type Report } from "./diagnostic.ts";
import {
  argumentNode,
  hasDirective,
  itemNode,
  textOf,
  textsOf,
  useOf,
  usesOf,
  type DirectiveUse,
  type DirectiveUses,
} from "./directive-use.ts";

const kebab = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** One domain a file; a file without a usable `@domain` is named after its path, so that the rest can be checked. */
export function compileDomainHeads(
  files: readonly DomainFile[],
  uses: DirectiveUses,
  report: Report,
): readonly DomainModel[] {
  const places = new Map<string, DirectiveUse>();
  return files.map((file): DomainModel => {
    const use = useOf(uses, { directives: file.schemaDirectives }, "domain");
    const fallback = file.file.replace(/^.*[\\/]/, "").replace(/\.graphql$/, "");
    const base = { file: file.file, document: file.document };
    if (use === undefined) {
      if (!hasDirective({ directives: file.schemaDirectives }, "domain")) reportMissingDomain(file, fallback, report);
      return { ...base, name: fallback, owner: "", description: null };
    }
    const name = textOf(use, "name") ?? fallback;
    if (!kebab.test(name)) {
      const reason = `"${name}" is not a domain name.`;
      report.add(
        argumentNode(use, "name"),
        reason,
        "Use lower-case letters, digits and single dashes: consumer, web-shop.",
      );
    }
    const owner = textOf(use, "owner") ?? "";
    if (owner.trim() === "") {
      report.add(
        argumentNode(use, "owner"),
        "The domain has no owner.",
        "Name a team or an address that answers for it.",
      );
    }
    const earlier = places.get(name);
    if (earlier === undefined) places.set(name, use);
    else {
      const reason = `The domain "${name}" is declared twice: also at ${placeText(placeOf(argumentNode(earlier, "name")))}.`;
      report.add(argumentNode(use, "name"), reason, "Give each file its own domain, or join the two files.");
    }
    return { ...base, name, owner, description: textOf(use, "description") };
  });
}

function reportMissingDomain(file: DomainFile, name: string, report: Report): void {
  const place = { file: file.file, line: 1, column: 1 };
  const example = `extend schema @domain(name: "${name}", owner: "team@example.com")`;
  report.addAt(place, "The file does not say which domain it declares.", `Begin it with: ${example}`);
}

/** The sources of all domains, by name. */
export function compileSources({ domains, uses, report }: Compilation): ReadonlyMap<string, SourceModel> {
  const sources = new Map<string, SourceModel>();
  const places = new Map<string, DirectiveUse>();
  for (const domain of domains) {
    for (const use of usesOf(uses, { directives: domain.schemaDirectives }, "source")) {
      const name = textOf(use, "name") ?? "";
      const node = argumentNode(use, "name");
      if (!kebab.test(name)) {
        const remedy = "Use lower-case letters, digits and single dashes: user-behavior.";
        report.add(node, `"${name}" is not a source name.`, remedy);
      }
      const earlier = places.get(name);
      if (earlier !== undefined) {
        const reason = `The source "${name}" is declared twice: also at ${placeText(placeOf(argumentNode(earlier, "name")))}.`;
        report.add(node, reason, "A source has one name over all domains: rename one of them.");
        continue;
      }
      places.set(name, use);
      sources.set(name, {
        name,
        domain: domain.name,
        topic: `events.${name}`,
        quarantineTopic: `quarantine.${name}`,
        csvColumns: readColumns(use, report),
        fileFormat: textOf(use, "fileFormat") === "CSV" ? "csv" : "json",
        description: textOf(use, "description"),
      });
    }
  }
  return sources;
}

function readColumns(use: DirectiveUse, report: Report): readonly string[] | null {
  const columns = textsOf(use, "csv");
  if (columns === null) return null;
  if (columns.length === 0) {
    report.add(
      argumentNode(use, "csv"),
      "The list of columns is empty.",
      "Name the columns in order, or leave csv off.",
    );
  }
  columns.forEach((column, i) => {
    if (column === "" || columns.indexOf(column) < i) {
      const reason = column === "" ? "A column has no name." : `The column "${column}" is listed twice.`;
      report.add(itemNode(use, "csv", [i]), reason, "Give every column its own name.");
    }
  });
  return columns;
}
