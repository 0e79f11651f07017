/** Copies the tables of the embedded series engine to archives, and makes them again from there. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { OnefoldError } from "../../schema/errors.ts";
import type { CursorVector } from "../../schema/cursor.ts";
import { quoted } from "../clickhouse/table-shape.ts";
import type { EmbeddedSeriesConnection } from "./series-connection.ts";

const fencesFile = "fences.tar";
const tablesFile = "tables.tar";

/** The fences of each generation that has tables. */
export type StoredFences = ReadonlyMap<number, CursorVector>;

/**
 * Writes all tables to folder `target`, which is made. Fences are copied before rows, so that no fence of the copy tells
 * of rows that it lacks; rows above a fence are written again when their events are read again. Answers the fences that stood
 * when it began: those that were copied are at or above them.
 */
export async function backupSeries(connection: EmbeddedSeriesConnection, target: string): Promise<StoredFences> {
  await mkdir(target, { recursive: true, mode: 0o700 });
  const tables = (await connection.query("SHOW TABLES", {})).map(([name]) => String(name));
  const fences = new Map<number, CursorVector>();
  for (const table of tables.filter(isFenceTable)) {
    const rows = await connection.query(`SELECT partition, max(to) FROM ${quoted(table)} GROUP BY partition`, {});
    const cursor = Object.fromEntries(rows.map(([partition, to]) => [String(partition), Number(to)]));
    fences.set(Number(/^g(\d+)_/.exec(table)?.[1]), cursor);
  }
  await backup(connection, tables.filter(isFenceTable), join(target, fencesFile));
  await backup(
    connection,
    tables.filter((table) => !isFenceTable(table)),
    join(target, tablesFile),
  );
  return fences;
}

/** Makes the tables of a backup in an engine that has none. @throws OnefoldError STORE_UNAVAILABLE */
export async function restoreSeries(connection: EmbeddedSeriesConnection, source: string): Promise<void> {
  for (const file of [tablesFile, fencesFile]) {
    await connection.maintain(`RESTORE DATABASE default FROM ${location(join(source, file))}`);
  }
}

async function backup(connection: EmbeddedSeriesConnection, tables: readonly string[], file: string): Promise<void> {
  if (tables.length === 0) throw new OnefoldError("STORE_UNAVAILABLE", "The series store has no tables to copy yet.");
  const list = tables.map((table) => `TABLE ${quoted(table)}`).join(", ");
  await connection.maintain(`BACKUP ${list} TO ${location(file)}`);
}

function isFenceTable(table: string): boolean {
  return /^g\d+_fences$/.test(table);
}

function location(file: string): string {
  return `File('${file.replace(/[\\']/g, (character) => `\\${character}`)}')`;
}
