/** The instance's side of the control channel: operations of other commands come in by a Unix socket, updates go out. */
import { chmod, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { OnefoldError } from "../../schema/errors.ts";
import type { OperationRequest, OperationUpdate } from "../operations/operation.ts";
import { operationsPath, requestSchema, type ControlError, type ControlLine } from "./control-messages.ts";

export type PerformOperation = (request: OperationRequest, signal: AbortSignal) => AsyncIterable<OperationUpdate>;

export interface ControlServerOptions {
  readonly path: string;
  readonly perform: PerformOperation;
  /** @default 1,000 ms */
  readonly pulseMs?: number;
}

/**
 * Listens until it is disposed, which aborts what is under way and waits until it has ended. An operation is aborted,
 * too, when the command that asked for it goes away. The caller owns the data directory: a socket left by an earlier
 * owner is replaced.
 */
export async function openControlServer(options: ControlServerOptions): Promise<AsyncDisposable> {
  const { path, perform, pulseMs = 1_000 } = options;
  const closing = new AbortController();
  const running = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const answering = answer({ request, response, closing: closing.signal }, perform, pulseMs).finally(() =>
      running.delete(answering),
    );
    running.add(answering);
  });
  // An operation may take long to say its first word.
  server.requestTimeout = 0;
  await rm(path, { force: true });
  server.listen(path);
  await once(server, "listening");
  await chmod(path, 0o600);
  return {
    async [Symbol.asyncDispose]() {
      closing.abort();
      const closed = closeServer(server);
      await Promise.allSettled(running);
      server.closeAllConnections();
      await closed;
    },
  };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly closing: AbortSignal;
}

async function answer(
  { request, response, closing }: Exchange,
  perform: PerformOperation,
  pulseMs: number,
): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  response.on("error", () => gone.abort());
  response.writeHead(200, { "content-type": "application/x-ndjson" });
  response.flushHeaders();
  const lines = lineWriter(response, gone.signal);
  const pulse = setInterval(() => void lines({ kind: "pulse" }), pulseMs);
  try {
    const operation = await readRequest(request);
    const signal = AbortSignal.any([gone.signal, closing]);
    for await (const update of perform(operation, signal)) await lines(update);
  } catch (error) {
    await lines(errorLine(error, closing));
  } finally {
    clearInterval(pulse);
    response.end();
  }
}

async function readRequest(request: IncomingMessage): Promise<OperationRequest> {
  const body = await text(request);
  if (request.method !== "POST" || request.url !== operationsPath) {
    throw new OnefoldError("INPUT_INVALID", `The control channel has nothing at ${request.url ?? ""}.`);
  }
  const parsed = requestSchema.safeParse(JSON.parse(body));
  if (parsed.success) return parsed.data;
  throw new OnefoldError("INPUT_INVALID", "The running instance does not know this operation.", {
    remedy: "Use the same version of Onefold for both, or stop the running instance.",
  });
}

/** Resolves when the line is taken; a client that reads slowly holds up its own operation. */
function lineWriter(response: ServerResponse, gone: AbortSignal): (line: ControlLine) => Promise<void> {
  return async (line) => {
    if (gone.aborted || response.writableEnded) return;
    if (response.write(`${JSON.stringify(line)}\n`) || line.kind === "pulse") return;
    await once(response, "drain", { signal: gone }).catch(() => undefined);
  };
}

function errorLine(error: unknown, closing: AbortSignal): ControlError {
  if (closing.aborted) {
    const remedy = "Run the command again: what is done stays done.";
    return { kind: "error", code: "STORE_UNAVAILABLE", message: "The running instance was stopped meanwhile.", remedy };
  }
  const known = error instanceof OnefoldError ? error : new OnefoldError("INTERNAL", messageOf(error));
  return { kind: "error", code: known.code, message: known.message, remedy: known.remedy };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
