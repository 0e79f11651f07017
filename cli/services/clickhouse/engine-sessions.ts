/** Runs statements on the in-process engine: each in a session whose database, settings and parameters are its own. */
import { drainPending, Session } from "chdb";
import { createSessionPool, type SessionSetup } from "./session-pool.ts";

export interface EngineResult {
  readonly bytes: Uint8Array;
  readonly readRows: number;
  readonly readBytes: number;
  readonly writtenRows: number;
  readonly writtenBytes: number;
}

export interface QueryStatement {
  readonly sql: string;
  /** Of the answer, where the statement names none. */
  readonly format: string;
}

/** An insert whose rows stand apart from its statement. */
export interface InsertStatement {
  readonly table: string;
  readonly columns: readonly string[] | undefined;
  readonly format:
    "TabSeparated" | "TabSeparatedWithNames" | "CSV" | "CSVWithNames" | "JSONEachRow" | "JSONCompactEachRow";
  readonly rows: Buffer;
}

export interface EngineSessions extends AsyncDisposable {
  query(setup: SessionSetup, statement: QueryStatement): Promise<EngineResult>;
  insert(setup: SessionSetup, statement: InsertStatement): Promise<EngineResult>;
}

/** What changes the session that it runs in. */
const changesSession = /^\s*(?:set|use|create\s+temporary)\b/i;

/** Opens the data folder, which no other process may have open. */
export function openEngineSessions(folder: string, configFile: string | null): EngineSessions {
  // The engine lives as long as one session is open, and is configured by the first.
  const first = new Session(folder, configFile === null ? {} : { connectionArgs: [`--config-file=${configFile}`] });
  const pool = createSessionPool(folder);
  return {
    query: (setup, { sql, format }) =>
      pool.within(setup, !changesSession.test(sql), async (session) => {
        const result = await session.queryAsync(sql, { format });
        const { rowsRead: readRows, bytesRead: readBytes } = result;
        return { bytes: result.bytes(), readRows, readBytes, writtenRows: 0, writtenBytes: 0 };
      }),
    insert: (setup, { table, columns, format, rows }) =>
      pool.within(setup, true, async (session) => {
        const named = columns === undefined ? {} : { columns };
        const result = await session.insert({ table, format, values: rows, ...named });
        const { rowsWritten: writtenRows, bytesWritten: writtenBytes, bytesSent } = result;
        return { bytes: new Uint8Array(), readRows: writtenRows, readBytes: bytesSent, writtenRows, writtenBytes };
      }),
    async [Symbol.asyncDispose]() {
      await drainPending();
      pool.close();
      first.close();
      await drainPending();
    },
  };
}
