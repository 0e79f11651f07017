/** A server that Onefold starts for developers and tests: Kafka, Redis, or the ClickHouse endpoint. */

export type ServiceName = "kafka" | "redis" | "clickhouse";

export interface RunningService extends AsyncDisposable {
  readonly name: ServiceName;
  /** Process ids, one a server; several for a Redis cluster. */
  readonly pids: readonly number[];
  /** Where each server listens: `127.0.0.1:<port>`. */
  readonly addresses: readonly string[];
  /** Sends a signal to one server (SIGKILL, SIGSTOP, SIGCONT, …). Nothing starts it again by itself. */
  signal(name: NodeJS.Signals, server?: number): void;
  /** Starts a server that has ended again, on its data and its port; resolves when it answers. */
  restart(server?: number): Promise<void>;
  /** Resolves when this server has ended. */
  ended(server?: number): Promise<void>;
}

export interface ServiceOptions {
  /** Data, logs and downloads of this service; made if absent. Absolute. */
  readonly folder: string;
  /** 0: any free port. */
  readonly port: number;
}

/** What cannot be started here, with what to install. Commands print it; test suites skip with it, or fail where services are required. */
export class ServiceMissingError extends Error {
  override readonly name = "ServiceMissingError";
}
