/** Assembles subgraphs: domain model → SDL, resolvers, schema; loaders and the change hub are shared by all domains. */
import { createCompiledReads } from "./compiled/compiled-reads.ts";
import type { ServingDeps } from "./runtime/serving-deps.ts";
import { buildResolvers } from "./runtime/build-resolvers.ts";
import { buildSchema } from "./runtime/build-schema.ts";
import { createChangeHub, type ChangeHub } from "./runtime/change-hub.ts";
import { executeRequest, type Execution } from "./runtime/execute-request.ts";
import { createModelIndex, type ModelIndex } from "./runtime/model-index.ts";
import { createReadsByRequest, type ReadsByRequest } from "./runtime/request-reads.ts";
import { createSelectionReader } from "./runtime/state-selection.ts";
import { subscribeRequest } from "./runtime/subscribe-request.ts";
import { createValidator } from "./runtime/validate-once.ts";
import type { DomainModel } from "../schema/model/platform.ts";
import { OnefoldError } from "../schema/errors.ts";
import { printDocument, subgraphDocument } from "./sdl/print-subgraph.ts";
import type { Subgraph } from "./subgraph.ts";

/** One subgraph a domain, in the model's order. Their reads for one client request are batched together. */
export function createSubgraphs(deps: ServingDeps): readonly Subgraph[] {
  const shared = createShared(deps);
  return deps.platform.domains.map((domain) => assemble(deps, domain, shared));
}

/** One domain's subgraph by itself. */
export function createSubgraph(deps: ServingDeps & { readonly domain: string }): Subgraph {
  const domain = deps.platform.domains.find(({ name }) => name === deps.domain);
  if (domain === undefined) throw new OnefoldError("INTERNAL", `No domain is named ${JSON.stringify(deps.domain)}.`);
  return assemble(deps, domain, createShared(deps));
}

interface Shared {
  readonly index: ModelIndex;
  readonly readsByRequest: ReadsByRequest;
  readonly hub: ChangeHub;
}

function createShared(deps: ServingDeps): Shared {
  return {
    index: createModelIndex(deps.platform),
    readsByRequest: createReadsByRequest(deps),
    hub: createChangeHub(deps.stores.changes),
  };
}

function assemble(deps: ServingDeps, domain: DomainModel, { index, readsByRequest, hub }: Shared): Subgraph {
  const document = subgraphDocument(deps.platform, domain.name);
  const written = deps.resolvers[domain.name] ?? {};
  const selectionOf = createSelectionReader(index, written);
  const resolvers = buildResolvers({ domain, index, deps, hub, selectionOf, written }, document.definitions);
  const schema = buildSchema(document, resolvers);
  const { logger } = deps;
  const execution: Execution = {
    domain: domain.name,
    schema,
    validate: createValidator(schema),
    compiled: deps.compiledReads === false ? null : createCompiledReads({ schema, index, selectionOf }),
    index,
    readsByRequest,
    logger,
  };
  return {
    name: domain.name,
    sdl: printDocument(document),
    schema,
    readsHeaders: [],
    messageKind: { kind: "states" },
    execute: (request) => executeRequest(execution, request),
    subscribe: (request) => subscribeRequest(execution, request),
  };
}
