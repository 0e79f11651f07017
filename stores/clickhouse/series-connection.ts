/** What the series adapter needs of an engine that speaks ClickHouse's SQL: in-process behind a worker, or a server behind a URL. */
import type { TablePlacement } from "./table-placement.ts";

/** A cell of an answer. 64-bit integers come as text where the query sets `output_format_json_quote_64bit_integers`. */
export type Cell = string | number | boolean | null | readonly Cell[];

export type QueryParameter = string | number | bigint | readonly string[];

export interface SeriesInsert {
  readonly table: string;
  readonly columns: readonly string[];
  /** TSV in UTF-8; the bytes are handed over and not to be used again. */
  readonly body: Uint8Array<ArrayBuffer>;
  readonly settings: Readonly<Record<string, number>>;
  /** Which of the placement's servers. @default 0 */
  readonly server?: number;
}

export interface SeriesConnection extends AsyncDisposable {
  /** @default one place */
  readonly placement?: TablePlacement;
  /** How many queries run at a time where more are asked for at once. @default 1 */
  readonly parallelQueries?: number;
  /**
   * Inserts rows of one table. When the promise resolves they are visible to every later query; when it rejects, any of
   * them may be there.
   * @throws OnefoldError STORE_UNAVAILABLE
   */
  insert(request: SeriesInsert): Promise<void>;
  /**
   * Answers a query, row by row. `{name:Type}` in the SQL stands for a parameter; values never become SQL text.
   * @throws OnefoldError STORE_UNAVAILABLE
   */
  query(sql: string, parameters: Readonly<Record<string, QueryParameter>>): Promise<readonly (readonly Cell[])[]>;
  /**
   * Executes a statement that answers nothing, in the order of calls with inserts.
   * @throws OnefoldError STORE_UNAVAILABLE
   */
  command(sql: string): Promise<void>;
}
