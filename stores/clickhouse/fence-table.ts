/** The table of one generation's fences: how far the rows reach, per partition of the log. The greatest wins. */
import type { CursorVector } from "../../schema/cursor.ts";
import type { SeriesConnection } from "./series-connection.ts";
import { quoted } from "./table-shape.ts";
import { TsvWriter } from "./tsv-writer.ts";

export interface FenceTable {
  create(): Promise<void>;
  write(fences: CursorVector): Promise<void>;
  read(): Promise<CursorVector>;
}

export function createFenceTable(connection: SeriesConnection, table: string): FenceTable {
  const name = quoted(table);
  return {
    create: () =>
      connection.command(
        `CREATE TABLE IF NOT EXISTS ${name} (\`partition\` String, \`to\` Int64) ` +
          "ENGINE = ReplacingMergeTree(`to`) ORDER BY `partition`",
      ),
    async write(fences) {
      const rows = Object.entries(fences);
      if (rows.length === 0) return;
      const out = new TsvWriter(64 * rows.length);
      for (const [partition, to] of rows) {
        out.text(partition);
        out.tab();
        out.integer(to);
        out.newline();
      }
      await connection.insert({ table, columns: ["partition", "to"], body: out.take(), settings: { async_insert: 0 } });
    },
    async read() {
      const rows = await connection.query(`SELECT \`partition\`, max(\`to\`) FROM ${name} GROUP BY \`partition\``, {});
      return Object.fromEntries(rows.map(([partition, to]) => [String(partition), Number(to)]));
    },
  };
}
