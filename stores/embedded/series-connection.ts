/** One thread's connection to the embedded series engine, over a port of `startSeriesServer`. */
import type { MessagePort } from "node:worker_threads";
import { OnefoldError } from "../../schema/errors.ts";
import type { Cell, SeriesConnection } from "../clickhouse/series-connection.ts";
import type { SeriesReply, SeriesRequest } from "./series-protocol.ts";

export interface SeriesConnectionOptions {
  /** How long a query may take until it counts as unanswered. @default 15,000 ms */
  readonly queryTimeoutMs?: number;
  /** The same for an insert or a command, whose effect may still come. @default 60,000 ms */
  readonly writeTimeoutMs?: number;
  /** The same for a statement of maintenance, which may copy all there is. @default 1 hour */
  readonly maintenanceTimeoutMs?: number;
}

interface Waiting {
  readonly resolve: (text: string) => void;
  readonly reject: (error: OnefoldError) => void;
  readonly timer: NodeJS.Timeout;
}

type Body<Request> = Request extends unknown ? Omit<Request, "id"> : never;

export interface EmbeddedSeriesConnection extends SeriesConnection {
  /**
   * Executes a statement that copies or restores tables, beside queries and inserts.
   * @throws OnefoldError STORE_UNAVAILABLE
   */
  maintain(sql: string): Promise<void>;
}

/** Keeps the thread alive only while an answer is awaited. */
export function connectSeries(port: MessagePort, options: SeriesConnectionOptions = {}): EmbeddedSeriesConnection {
  const queryTimeoutMs = options.queryTimeoutMs ?? 15_000;
  const writeTimeoutMs = options.writeTimeoutMs ?? 60_000;
  const maintenanceTimeoutMs = options.maintenanceTimeoutMs ?? 3_600_000;
  const waiting = new Map<number, Waiting>();
  let closed = false;
  let nextId = 1;

  const take = (id: number): Waiting | undefined => {
    const found = waiting.get(id);
    waiting.delete(id);
    if (waiting.size === 0) port.unref();
    clearTimeout(found?.timer);
    return found;
  };
  port.on("message", (reply: SeriesReply) => {
    const asked = take(reply.id);
    if (reply.kind === "done") asked?.resolve(reply.text);
    else asked?.reject(new OnefoldError("STORE_UNAVAILABLE", `The series store answered: ${reply.message}`));
  });
  port.on("close", () => {
    closed = true;
    for (const id of [...waiting.keys()]) take(id)?.reject(gone());
  });
  port.unref();

  const ask = (request: Body<SeriesRequest>, timeoutMs: number, transfer: ArrayBuffer[]): Promise<string> =>
    new Promise((resolve, reject) => {
      if (closed) {
        reject(gone());
        return;
      }
      const id = nextId++;
      const timer = setTimeout(() => {
        take(id)?.reject(
          new OnefoldError("STORE_UNAVAILABLE", `The series store has not answered for ${timeoutMs} ms.`),
        );
      }, timeoutMs);
      if (waiting.size === 0) port.ref();
      waiting.set(id, { resolve, reject, timer });
      port.postMessage({ ...request, id } satisfies SeriesRequest, transfer);
    });

  return {
    async insert(request) {
      await ask({ kind: "insert", ...request }, writeTimeoutMs, [request.body.buffer]);
    },
    async query(sql, parameters) {
      const text = await ask({ kind: "query", sql, parameters }, queryTimeoutMs, []);
      return (JSON.parse(text) as { readonly data: readonly (readonly Cell[])[] }).data;
    },
    async command(sql) {
      await ask({ kind: "command", sql }, writeTimeoutMs, []);
    },
    async maintain(sql) {
      await ask({ kind: "maintain", sql }, maintenanceTimeoutMs, []);
    },
    async [Symbol.asyncDispose]() {
      port.close();
    },
  };
}

function gone(): OnefoldError {
  return new OnefoldError("STORE_UNAVAILABLE", "The connection to the series store is closed.");
}
