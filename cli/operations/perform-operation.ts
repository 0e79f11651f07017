/** Runs operations over an open engine: the one place that knows which function does which. */
import type { Engine } from "../profiles/engine.ts";
import { backupOperation } from "./backup-operation.ts";
import { conflatedUpdates, type ReportProgress } from "./conflated-updates.ts";
import { generateOperation, GENERATE_PRODUCER } from "./generate-operation.ts";
import { ingestFileOperation } from "./ingest-file-operation.ts";
import { lagOperation } from "./lag-operation.ts";
import type { OperationRequest, OperationUpdate } from "./operation.ts";
import { pushOperation, PUSH_PRODUCER } from "./push-operation.ts";
import { listQuarantine, showQuarantine } from "./quarantine-operations.ts";
import { dropGeneration, listGenerations, serveGeneration } from "./generation-operations.ts";
import { replayOperation } from "./replay-operation.ts";
import { statusOperation } from "./status-operation.ts";
import { TurnByKey } from "./turn-by-key.ts";

export type Operations = (request: OperationRequest, signal: AbortSignal) => AsyncIterable<OperationUpdate>;

export function createOperations(engine: Engine): Operations {
  // Outcomes are counted by producer: whoever shares one takes turns.
  const turns = new TurnByKey();

  const perform = (
    request: OperationRequest,
    run: { readonly report: ReportProgress; readonly signal: AbortSignal },
  ): Promise<unknown> => {
    switch (request.kind) {
      case "ingest-file":
        return turns.take(`file:${request.source}`, run.signal, () => ingestFileOperation(engine, request, run));
      case "push":
        return turns.take(PUSH_PRODUCER, run.signal, () => pushOperation(engine, request, run));
      case "generate":
        return turns.take(GENERATE_PRODUCER, run.signal, () => generateOperation(engine, request, run));
      case "replay":
        return replayOperation(engine, request, run);
      case "generations":
        return listGenerations(engine);
      case "generation-serve":
        return serveGeneration(engine, request.generation, run);
      case "generation-drop":
        return dropGeneration(engine, request.generation);
      case "quarantine-list":
        return listQuarantine(engine, request);
      case "quarantine-show":
        return showQuarantine(engine, request.id);
      case "status":
        return statusOperation(engine);
      case "lag":
        return lagOperation(engine);
      case "backup":
        return turns.take("backup", run.signal, () => backupOperation(engine, request, run));
    }
  };

  return (request, signal) =>
    conflatedUpdates(signal, (report, either) => perform(request, { report, signal: either }));
}
