/** Plans one operation over a supergraph without serving it: for people who want to see what it asks of which subgraph. */
import type { PlanNode } from "@graphql-hive/router-query-planner";
import { GraphQLError, parse, validate, type DocumentNode, type GraphQLSchema } from "graphql";
import { OnefoldError } from "../../schema/errors.ts";
import { buildApiSchema } from "../api-schema.ts";
import { readSubgraphs } from "../supergraph-subgraphs.ts";
import { checkSupport } from "../supergraph-support.ts";
import { readSupergraphTypes } from "../supergraph-types.ts";
import { readContextRules } from "./context-rules.ts";
import { createDeferPlanner } from "./defer-planner.ts";
import { planOperation } from "./plan-operation.ts";
import { openQueryPlanner } from "./query-planner.ts";
import { resolveSelections } from "./resolve-selections.ts";
import { createOperationSelector } from "./select-operation.ts";

export interface PlannedQuery {
  /** A document. */
  readonly query: string;
  /** Undefined: the document has one operation. */
  readonly operationName: string | undefined;
  /** Values of the variables that @skip and @include depend on. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/**
 * Plans that run one after the other; none where nothing is asked of any subgraph.
 * @throws OnefoldError INPUT_INVALID for a query that is not valid; SUPERGRAPH_INVALID, SUPERGRAPH_UNSUPPORTED, PLAN_FAILED
 */
export async function planQuery(
  supergraphSdl: string,
  { query, operationName, variables }: PlannedQuery,
): Promise<readonly PlanNode[]> {
  readSubgraphs(supergraphSdl);
  const supergraph = parse(supergraphSdl, { noLocation: true });
  checkSupport(supergraph);
  const schema = buildApiSchema(supergraphSdl);
  const selected = createOperationSelector()(readDocument(query, schema), operationName);
  if (selected === undefined) {
    const which = operationName === undefined ? "several operations: name one" : `no operation "${operationName}"`;
    throw new OnefoldError("INPUT_INVALID", `The query has ${which}.`);
  }
  const types = readSupergraphTypes(supergraphSdl);
  const selections = resolveSelections(selected, variables);
  const opened = await openQueryPlanner(supergraphSdl);
  const planner = createDeferPlanner(supergraphSdl, openQueryPlanner);
  const contexts = readContextRules(supergraph);
  const { operation } = selected;
  const { plan } = opened.draw();
  try {
    return (await planOperation({ schema, types, operation, planner, contexts, plan }, selections)).nodes;
  } finally {
    opened.close();
    planner.close();
  }
}

function readDocument(query: string, schema: GraphQLSchema): DocumentNode {
  let document: DocumentNode;
  try {
    document = parse(query);
  } catch (error) {
    throw invalid([error]);
  }
  const mistakes = validate(schema, document);
  if (mistakes.length > 0) throw invalid(mistakes);
  return document;
}

function invalid(mistakes: readonly unknown[]): OnefoldError {
  const told = mistakes.map((mistake) => {
    if (!(mistake instanceof GraphQLError)) return "it is nested too deep.";
    const [place] = mistake.locations ?? [];
    return place === undefined ? mistake.message : `${mistake.message} (line ${place.line}, column ${place.column})`;
  });
  return new OnefoldError("INPUT_INVALID", `The query is not valid: ${told.join(" ")}`);
}
