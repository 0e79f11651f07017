/** Lays rows out in aligned columns. */

export interface TableColumn {
  readonly title: string;
  /** @default "left" */
  readonly align?: "left" | "right";
  /** Longer cells are cut, and end in "…". @default never */
  readonly maxWidth?: number;
}

/** One line a row below the titles; control characters in cells are shown as spaces. */
export function formatTable(columns: readonly TableColumn[], rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => columns.map((column, i) => fit(row[i] ?? "", column)));
  const widths = columns.map(({ title }, i) => Math.max(title.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    columns
      .map(({ align }, i) => {
        const [text, width] = [row[i] ?? "", widths[i] ?? 0];
        return align === "right" ? text.padStart(width) : text.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  return [columns.map(({ title }) => title), ...cells].map(line).join("\n");
}

function fit(text: string, { maxWidth = Infinity }: TableColumn): string {
  // What came in a record must not steer the terminal.
  const plain = text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ");
  return plain.length <= maxWidth ? plain : `${plain.slice(0, maxWidth - 1)}…`;
}
