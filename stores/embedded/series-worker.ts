/** The thread that runs the embedded series engine (chdb). It answers every port that it is handed. */
import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from "node:worker_threads";
import { createClient, type ClickHouseClient } from "@clickhouse/client";
import { drainPending, Session } from "chdb";
import { createChdbConnection, type ChdbConnection } from "chdb/connection";
import type {
  ControlMessage,
  ControlReply,
  SeriesEngineOptions,
  SeriesReply,
  SeriesRequest,
} from "./series-protocol.ts";

const MIB = 1024 * 1024;

/**
 * The engine lives as long as one session, which gives it its settings. Reads and writes have a connection each, so that
 * a read does not wait behind an insert; writes wait for each other, in the order of their arrival.
 */
function openEngine({ path, maxBytes }: SeriesEngineOptions) {
  const session = new Session(path, { connectionArgs: engineArguments(maxBytes) });
  const reader = clientOf(createChdbConnection({ path }));
  const writer = createChdbConnection({ path });
  const writes = clientOf(writer);
  let lastWrite: Promise<unknown> = Promise.resolve();

  const inOrder = (run: () => Promise<unknown>): Promise<string> => {
    const done = lastWrite.then(run);
    lastWrite = done.catch(() => {});
    return done.then(() => "");
  };

  return {
    answer(request: SeriesRequest): Promise<string> {
      switch (request.kind) {
        case "query": {
          const { sql: query, parameters: query_params } = request;
          return reader.query({ query, query_params, format: "JSONCompact" }).then((result) => result.text());
        }
        case "insert": {
          const { table, columns, settings } = request;
          const { buffer, byteOffset, byteLength } = request.body;
          const values = Buffer.from(buffer, byteOffset, byteLength);
          return inOrder(() =>
            writer.chdb.rawInsert({ table, columns: [...columns], settings, values, format: "TabSeparated" }),
          );
        }
        case "command":
          return inOrder(() => writes.command({ query: request.sql }));
        case "maintain":
          return maintain(path, request.sql);
      }
    },
    /** Waits for what is running: closing under it would abort the process. */
    async close(): Promise<void> {
      await lastWrite;
      await drainPending();
      await reader.close();
      await writes.close();
      session.close();
      await drainPending();
    },
  };
}

/** On a connection of its own: what copies a table for minutes keeps no query waiting. */
async function maintain(path: string, sql: string): Promise<string> {
  const client = clientOf(createChdbConnection({ path }));
  try {
    return await client.query({ query: sql, format: "JSONCompact" }).then((result) => result.text());
  } finally {
    await client.close();
  }
}

function clientOf(connection: ChdbConnection): ClickHouseClient {
  // @ts-expect-error -- the interface is declared twice, with a private member: in client and in client-common
  return createClient({ connection });
}

/** Small caches: the tables of one machine are small, and the page cache holds them too. */
function engineArguments(maxBytes: number): string[] {
  const server = {
    max_server_memory_usage: maxBytes,
    mark_cache_size: 16 * MIB,
    primary_index_cache_size: 16 * MIB,
    index_mark_cache_size: 4 * MIB,
    query_condition_cache_size: MIB,
    compiled_expression_cache_size: MIB,
    iceberg_metadata_files_cache_size: MIB,
    // What wakes up when nothing happens.
    memory_worker_period_ms: 1000,
    asynchronous_metrics_update_period_s: 3600,
  };
  // Only our own statements reach the engine, and a backup goes where its owner wants it.
  const files = ["--backups.allowed_path=/"];
  return [...Object.entries(server).map(([name, value]) => `--${name}=${value}`), ...files];
}

function answer(engine: ReturnType<typeof openEngine>, port: MessagePort, request: SeriesRequest): Promise<void> {
  return engine.answer(request).then(
    (text) => port.postMessage({ id: request.id, kind: "done", text } satisfies SeriesReply),
    (error: unknown) => {
      port.postMessage({ id: request.id, kind: "failed", message: messageOf(error) } satisfies SeriesReply);
    },
  );
}

/** The engine's first line; what follows quotes the data. */
function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split("\n", 1)[0] ?? "").slice(0, 500);
}

function run(control: MessagePort): void {
  const reply = (message: ControlReply): void => control.postMessage(message);
  let engine: ReturnType<typeof openEngine>;
  try {
    engine = openEngine(workerData as SeriesEngineOptions);
  } catch (error) {
    reply({ kind: "failed", message: messageOf(error) });
    control.close();
    return;
  }
  const ports = new Set<MessagePort>();
  const running = new Set<Promise<void>>();
  const serve = (port: MessagePort, request: SeriesRequest): void => {
    const answered = answer(engine, port, request).finally(() => running.delete(answered));
    running.add(answered);
  };
  const close = async (): Promise<void> => {
    // A request may still lie in a port, since ports keep no order among them.
    for (const port of ports) {
      for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
        serve(port, next.message as SeriesRequest);
      }
    }
    await Promise.all(running);
    await engine.close();
    for (const port of ports) port.close();
    reply({ kind: "closed" });
    control.close();
  };
  control.on("message", (message: ControlMessage) => {
    if (message.kind === "close") {
      void close();
      return;
    }
    const { port } = message;
    ports.add(port);
    port.on("close", () => ports.delete(port));
    port.on("message", (request: SeriesRequest) => serve(port, request));
  });
  reply({ kind: "ready" });
}

if (parentPort !== null) run(parentPort);
