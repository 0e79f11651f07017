/** Writes diagnostics for people: place, reason, the line with a caret, remedy. */
import type { Diagnostic } from "./diagnostic.ts";

/** With the files' texts each mistake shows its line. Ends without a line break. */
export function formatDiagnostics(
  diagnostics: readonly Diagnostic[],
  texts: readonly { readonly file: string; readonly text: string }[] = [],
): string {
  const lines = new Map(texts.map(({ file, text }) => [file, text.split(/\r\n|\n|\r/)]));
  const blocks = diagnostics.map((diagnostic) => formatOne(diagnostic, lines.get(diagnostic.file)));
  const files = new Set(diagnostics.map(({ file }) => file)).size;
  const count = `${diagnostics.length} ${diagnostics.length === 1 ? "mistake" : "mistakes"}`;
  return [...blocks, `${count} in ${files} ${files === 1 ? "file" : "files"}.`].join("\n\n");
}

function formatOne({ file, line, column, reason, remedy }: Diagnostic, lines: readonly string[] | undefined): string {
  const source = lines?.[line - 1];
  const number = String(line);
  const gutter = " ".repeat(number.length);
  // Tabs are kept, so that the caret stands below its character in any terminal.
  const indent = source?.slice(0, column - 1).replace(/[^\t]/g, " ") ?? "";
  const excerpt = source === undefined ? [] : [`  ${number} | ${source}`, `  ${gutter} | ${indent}^`];
  return [`${file}:${line}:${column}: ${reason}`, ...excerpt, `  ${gutter} = ${remedy}`].join("\n");
}
