/** Phase 1: texts in, one parsed file each out; a syntax error ends the reading of that file only. */
import { GraphQLError, Kind, parse, Source, type DirectiveNode, type DocumentNode } from "graphql";
import { collectTypes, type TypeDeclaration } from "./collect-types.ts";
import type { Report } from "./diagnostic.ts";

export interface DomainFile {
  readonly file: string;
  readonly source: Source;
  readonly document: DocumentNode;
  /** Of all `schema` definitions and extensions of the file. */
  readonly schemaDirectives: readonly DirectiveNode[];
  readonly types: ReadonlyMap<string, TypeDeclaration>;
}

export interface ParsedFiles {
  readonly files: readonly DomainFile[];
  /** Every word of the files that do not parse: a name that may stand there is not called unknown. */
  readonly unreadable: ReadonlySet<string>;
}

export function parseFiles(
  texts: readonly { readonly file: string; readonly text: string }[],
  report: Report,
): ParsedFiles {
  const files: DomainFile[] = [];
  const unreadable = new Set<string>();
  for (const { file, text } of texts) {
    const source = new Source(text, file);
    const document = parseSource(source, report);
    if (document !== null) files.push(readFile(source, document, report));
    else for (const word of text.match(/[A-Za-z_][\w-]*/g) ?? []) unreadable.add(word);
  }
  return { files, unreadable };
}

function readFile(source: Source, document: DocumentNode, report: Report): DomainFile {
  const schemaDirectives = document.definitions.flatMap((node) =>
    node.kind === Kind.SCHEMA_EXTENSION || node.kind === Kind.SCHEMA_DEFINITION ? (node.directives ?? []) : [],
  );
  return { file: source.name, source, document, schemaDirectives, types: collectTypes(document, report) };
}

function parseSource(source: Source, report: Report): DocumentNode | null {
  try {
    return parse(source);
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const { line, column } = error.locations?.[0] ?? { line: 1, column: 1 };
    const reason = `${error.message.replace(/^Syntax Error: /, "").replace(/\.$/, "")}.`;
    report.addAt({ file: source.name, line, column }, reason, remedyFor(reason));
    return null;
  }
}

/** What usually lies behind the parser's words. */
function remedyFor(reason: string): string {
  if (reason.includes("Unterminated string"))
    return 'Close the text with " on the same line, or use """ for several lines.';
  if (reason.includes("<EOF>")) return "Something is still open or missing at the end: count the braces.";
  if (/Expected Name, found "?[}\])]/.test(reason))
    return "Something is empty here: leave the brackets off, or fill them.";
  if (reason.includes("Cannot parse the unexpected character")) return "Text goes in double quotes, comments after #.";
  if (/found Name/.test(reason)) return "A colon, a bracket or a quote is missing just before this word.";
  return "Mend the GraphQL syntax here; the rest of this file is checked after that.";
}
