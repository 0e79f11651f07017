/** The table of one generation's fences: how far the rows reach, per partition of the log. The greatest wins. */
import type { CursorVector } from "../../schema/cursor.ts";
import type { SeriesConnection } from "./series-connection.ts";
import type { TablePlacement } from "./table-placement.ts";
import { quoted, type TableShape } from "./table-shape.ts";
import { TsvWriter } from "./tsv-writer.ts";

export interface FenceTable {
  create(): Promise<void>;
  write(fences: CursorVector): Promise<void>;
  read(): Promise<CursorVector>;
}

export const fenceShape: TableShape = {
  columns: [
    { name: "partition", type: "String" },
    { name: "to", type: "Int64" },
  ],
  key: ["partition"],
  version: "to",
  retainMs: null,
  settings: null,
};

export function createFenceTable(connection: SeriesConnection, placement: TablePlacement, table: string): FenceTable {
  return {
    async create() {
      for (const sql of placement.createTable(table, fenceShape)) await connection.command(sql);
    },
    async write(fences) {
      const bodies = new Map<number, TsvWriter>();
      for (const [partition, to] of Object.entries(fences)) {
        const server = placement.serverOf(partition);
        const out = bodies.get(server) ?? new TsvWriter();
        bodies.set(server, out);
        out.text(partition);
        out.tab();
        out.integer(to);
        out.newline();
      }
      const columns = fenceShape.columns.map(({ name }) => name);
      const inserts = [...bodies].map(([server, out]) =>
        connection.insert({
          table: placement.insertInto(table),
          columns,
          body: out.take(),
          settings: { async_insert: 0 },
          server,
        }),
      );
      await Promise.all(inserts);
    },
    async read() {
      const sql = `SELECT \`partition\`, max(\`to\`) FROM ${quoted(table)} GROUP BY \`partition\``;
      const rows = await connection.query(sql, {});
      return Object.fromEntries(rows.map(([partition, to]) => [String(partition), Number(to)]));
    },
  };
}
