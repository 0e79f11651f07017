/** Diagnostics as people see them. */
import { expect, it } from "@jest/globals";
import { formatDiagnostics } from "../../../schema/compiler/format-diagnostics.ts";

const mistake = { file: "a.graphql", line: 2, column: 4, reason: "It is wrong.", remedy: "Mend it." };

it("shows place, reason, the line with a caret, and the remedy", () => {
  expect(formatDiagnostics([mistake], [{ file: "a.graphql", text: "type A {\n\tb: C\r\n}" }])).toBe(
    "a.graphql:2:4: It is wrong.\n  2 | \tb: C\n    | \t  ^\n    = Mend it.\n\n1 mistake in 1 file.",
  );
});

it("does without texts, and counts mistakes and files", () => {
  const other = { ...mistake, file: "b.graphql", line: 10 };
  expect(formatDiagnostics([mistake, mistake, other])).toBe(
    [
      "a.graphql:2:4: It is wrong.\n    = Mend it.",
      "a.graphql:2:4: It is wrong.\n    = Mend it.",
      "b.graphql:10:4: It is wrong.\n     = Mend it.",
      "3 mistakes in 2 files.",
    ].join("\n\n"),
  );
});
