/** Opens the context of one operation: the request's reads, and a collector of what this operation includes. */
import { keyFromGraphId } from "../../schema/model/entity-key.ts";
import type { RequestContext } from "../subgraph.ts";
import { createCursorCollector } from "./cursor-collector.ts";
import type { EntityReader, FieldValue } from "./domain-resolvers.ts";
import { loadNode, readField } from "./entity-node.ts";
import type { ExecutionContext } from "./execution-context.ts";
import type { ModelIndex } from "./model-index.ts";
import type { ReadsByRequest } from "./request-reads.ts";
import { selectFields } from "./state-selection.ts";

export function createExecutionContext(
  index: ModelIndex,
  readsByRequest: ReadsByRequest,
  request: RequestContext,
): ExecutionContext {
  const reads = readsByRequest.of(request);
  let skipped = false;
  const context: ExecutionContext = {
    request,
    index,
    reads,
    collector: createCursorCollector(),
    now: reads.now,
    entity: (name) => createEntityReader(context, name),
    skipMessage: () => void (skipped = true),
    isSkipped: () => skipped,
    forgetReads: () => readsByRequest.forget(request),
  };
  return context;
}

function createEntityReader(context: ExecutionContext, name: string): EntityReader {
  const entity = context.index.entity(name);
  return {
    async load<Field extends string>(id: string, fields: readonly Field[]) {
      const selection = selectFields(context.index, entity, fields);
      const key = keyFromGraphId(id, entity.identifiers);
      const node = await loadNode(context, { entity, key, selection, mustExist: true, typeName: name });
      if (node === null) return null;
      const values = fields.map((field): [string, FieldValue] => [field, readField(context, node, field)]);
      return Object.fromEntries(values) as Record<Field, FieldValue>;
    },
  };
}
