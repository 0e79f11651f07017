/** One ClickHouse server over HTTP: requests with a deadline, a bounded number at once, errors as the house knows them. */
import { Readable } from "node:stream";
import { ClickHouseLogLevel, createClient, type ClickHouseClientConfigOptions } from "@clickhouse/client";
import { OnefoldError } from "../../../schema/errors.ts";
import type { Cell, QueryParameter, SeriesInsert } from "../../clickhouse/series-connection.ts";
import { quoted } from "../../clickhouse/table-shape.ts";
import { clickHouseFailure, unavailable, type ClickHouseFailure } from "./clickhouse-failure.ts";
import type { ClickHouseOptions, ClickHouseTls } from "./clickhouse-options.ts";
import { createRequestTurns } from "./request-turns.ts";

export type Settings = Readonly<Record<string, number | string>>;

/** Every method throws what `clickHouseFailure` makes of the failure. */
export interface ClickHouseServer extends AsyncDisposable {
  query(
    sql: string,
    parameters: Readonly<Record<string, QueryParameter>>,
    settings: Settings,
  ): Promise<readonly (readonly Cell[])[]>;
  insert(request: SeriesInsert, settings: Settings): Promise<void>;
  command(sql: string, settings: Settings): Promise<void>;
}

/** Thrown by a server's methods, and by nothing else. */
export class ServerFailure extends Error {
  readonly failure: ClickHouseFailure;

  constructor(failure: ClickHouseFailure) {
    super(failure.error.message);
    this.failure = failure;
  }
}

export type ServerOptions = Omit<ClickHouseOptions, "cluster">;

export const DEFAULT_TIMEOUT_MS = 30_000;

/** More than a server answers at once on the machine of one process; the sockets are kept. */
export const REQUESTS_AT_ONCE = 8;

export function openClickHouseServer(options: ServerOptions): ClickHouseServer {
  const timeoutMs = options.requestTimeoutMs ?? DEFAULT_TIMEOUT_MS;
  const client = createClient(clientOptions(options, timeoutMs));
  const turns = createRequestTurns(REQUESTS_AT_ONCE, timeoutMs);

  const request = async <Result>(send: (signal: AbortSignal) => Promise<Result>): Promise<Result> => {
    let late = false;
    try {
      return await turns.run(async (signal) => {
        signal.addEventListener("abort", () => (late = true));
        return send(signal);
      });
    } catch (thrown) {
      if (late) throw new ServerFailure(noAnswer(`The series store has not answered for ${timeoutMs} ms.`));
      throw new ServerFailure(thrown instanceof OnefoldError ? noAnswer(thrown.message) : clickHouseFailure(thrown));
    }
  };

  return {
    query: (query, query_params, clickhouse_settings) =>
      request(async (abort_signal) => {
        const result = await client.query({
          query,
          query_params,
          // The answer begins when the query has ended: a failure has a status of its own.
          clickhouse_settings: { ...clickhouse_settings, wait_end_of_query: 1 },
          format: "JSONCompact",
          abort_signal,
        });
        return ((await result.json()) as { readonly data: readonly (readonly Cell[])[] }).data;
      }),
    insert: ({ table, columns, body, settings }, more) =>
      request(async (abort_signal) => {
        const [first = "", ...rest] = columns.map(quoted);
        await client.insert({
          table: quoted(table),
          columns: [first, ...rest],
          values: Readable.from([Buffer.from(body.buffer, body.byteOffset, body.byteLength)], { objectMode: false }),
          format: "TabSeparated",
          clickhouse_settings: { ...settings, ...more, date_time_input_format: "best_effort" },
          abort_signal,
        });
      }),
    command: (query, clickhouse_settings) =>
      request(async (abort_signal) => {
        await client.command({ query, clickhouse_settings: { ...clickhouse_settings }, abort_signal });
      }),
    [Symbol.asyncDispose]: () => client.close(),
  };
}

function noAnswer(message: string): ClickHouseFailure {
  return { error: unavailable(message), exceptionCode: null };
}

function clientOptions(options: ServerOptions, timeoutMs: number): ClickHouseClientConfigOptions {
  return {
    url: options.url,
    database: options.database,
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.password === undefined ? {} : { password: options.password }),
    ...(options.tls === undefined ? {} : { tls: tlsOptions(options.tls) }),
    application: "onefold",
    request_timeout: timeoutMs,
    max_open_connections: REQUESTS_AT_ONCE,
    compression: { request: options.compressInserts === true ? { codec: "gzip", level: 1 } : false, response: false },
    // Long parameters go in the body: a URL has its limits on servers and on what lies between.
    use_multipart_params_auto: true,
    // What fails is thrown; the default would also print it.
    log: { level: ClickHouseLogLevel.OFF },
  };
}

function tlsOptions({ ca, cert, key }: ClickHouseTls): NonNullable<ClickHouseClientConfigOptions["tls"]> {
  const ca_cert = Buffer.from(ca);
  if (cert === undefined || key === undefined) return { ca_cert };
  return { ca_cert, cert: Buffer.from(cert), key: Buffer.from(key) };
}
