/** A command's side of the control channel: asks the running instance for an operation and yields its updates. */
import { request as openRequest, type IncomingMessage } from "node:http";
import { OnefoldError } from "../../schema/errors.ts";
import type { OperationRequest, OperationUpdate } from "../operations/operation.ts";
import { lineSchema, operationsPath } from "./control-messages.ts";

/**
 * Connects, and gives the updates; null if nobody listens there. Aborting, or leaving the iteration early, ends the
 * operation at the instance, too.
 */
export async function requestOperation(
  path: string,
  operation: OperationRequest,
  signal: AbortSignal,
): Promise<AsyncIterable<OperationUpdate> | null> {
  const response = await post(path, JSON.stringify(operation), signal);
  return response === null ? null : readUpdates(response, signal);
}

function post(path: string, body: string, signal: AbortSignal): Promise<IncomingMessage | null> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const request = openRequest({
      socketPath: path,
      path: operationsPath,
      method: "POST",
      headers,
      signal,
      agent: false,
    });
    request.once("response", resolve);
    request.once("error", (error: NodeJS.ErrnoException) => {
      if (signal.aborted) reject(signal.reason as Error);
      else if (error.code === "ENOENT" || error.code === "ECONNREFUSED") resolve(null);
      else reject(endedEarly(error));
    });
    request.end(body);
  });
}

async function* readUpdates(response: IncomingMessage, signal: AbortSignal): AsyncGenerator<OperationUpdate> {
  let finished = false;
  try {
    for await (const text of linesOf(response)) {
      const line = lineSchema.parse(JSON.parse(text));
      if (line.kind === "error") throw new OnefoldError(line.code, line.message, { remedy: line.remedy });
      if (line.kind === "pulse") continue;
      finished = line.kind === "result";
      yield line;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof OnefoldError ? error : endedEarly(error);
  } finally {
    response.destroy();
  }
  signal.throwIfAborted();
  if (!finished) throw endedEarly(undefined);
}

/** A connection that breaks throws; a last line without its end is none. */
async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  let rest = "";
  response.setEncoding("utf8");
  for await (const chunk of response as AsyncIterable<string>) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

function endedEarly(cause: unknown): OnefoldError {
  return new OnefoldError("STORE_UNAVAILABLE", "The running instance ended before the operation was done.", {
    remedy: "Run the command again: what is done stays done.",
    cause,
  });
}
