/** Puts diagnostics in the order of reading: files as given, then line, then column; the same mistake stands once. */
import { placeText, type Diagnostic } from "./diagnostic.ts";

export function sortDiagnostics(
  diagnostics: readonly Diagnostic[],
  files: readonly { readonly file: string }[],
): readonly Diagnostic[] {
  const order = new Map(files.map(({ file }, i) => [file, i]));
  const distinct = new Map(
    diagnostics.map((diagnostic) => [`${placeText(diagnostic)} ${diagnostic.reason}`, diagnostic]),
  );
  return [...distinct.values()].sort(
    (a, b) => (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) || a.line - b.line || a.column - b.column,
  );
}
