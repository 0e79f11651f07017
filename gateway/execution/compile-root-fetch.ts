/** A plan's root fetch as a step: one operation to one subgraph, its fields hung on the root of the answer. */
import type { FetchNode } from "@graphql-hive/router-query-planner";
import { Kind, parse } from "graphql";
import type { SubgraphAnswer, SubgraphCall } from "./call-subgraph.ts";
import type { PlanCompiler } from "./compile-plan.ts";
import type { ExecutionState, JsonObject, Step } from "./execution-state.ts";
import { addRootErrors } from "./fetch-errors.ts";
import { providedBy, type Slot } from "./place-tree.ts";
import { compileRewrites, renamedKeys } from "./rewrites.ts";

export function compileRootFetch(node: FetchNode, compiler: PlanCompiler): Step {
  const call = compileCall(node, compiler);
  const take = compileRootAnswer(node, compiler);
  return (state) => compiler.callSubgraph(state, call(state)).then((answer) => take(state, answer));
}

/** The part of a root fetch that comes before the subgraph: the document is parsed once and stays the same object. */
export function compileCall(node: FetchNode, compiler: PlanCompiler): (state: ExecutionState) => SubgraphCall {
  const transport = compiler.transportOf(node.serviceName);
  const document = parse(node.operation, { noLocation: true });
  const { operationName } = node;
  const names = node.variableUsages ?? [];
  return (state) => ({ transport, document, operationName, variables: pickVariables(state, names) });
}

/** The part of a root fetch that comes after the subgraph; each event of a subscription goes through it too. */
export function compileRootAnswer(
  node: FetchNode,
  { places, types }: PlanCompiler,
): (state: ExecutionState, answer: SubgraphAnswer) => void {
  const rewrite = compileRewrites(node.outputRewrites, types);
  const renamed = renamedKeys(node.outputRewrites);
  const document = parse(node.operation, { noLocation: true });
  const slot = places.addSlot(providedBy(document, undefined, renamed), [places.root]);
  const errors = { rootKeys: rootKeys(node).map((key) => renamed.get(key) ?? key), renamed };
  let contested: readonly { readonly place: typeof places.root; readonly key: string }[] | undefined;
  let slotsOf: ReadonlyMap<string, readonly Slot[]> | undefined;
  return (state, answer) => {
    if (answer.data !== undefined) {
      contested ??= places.root.contested(slot).map((key) => ({ place: places.root, key }));
      const data = rewrite === undefined ? answer.data : rewrite(answer.data);
      // What two fetches give becomes objects of this run alone.
      const source = contested.length === 0 ? data : {};
      state.data.fill(slot, { indexes: new Map([[state.data.root, 0]]), entities: [data], source }, contested);
    }
    if (answer.errors.length === 0) return;
    slotsOf ??= new Map(errors.rootKeys.map((key) => [key, places.root.slotsOf(key)]));
    const known = slotsOf;
    const isMissing = (key: string): boolean =>
      state.data.get(known.get(key) ?? [], state.data.root, key) === undefined;
    addRootErrors(state, answer.errors, { ...errors, isMissing });
  };
}

/** Only the variables that an operation uses and the client gave: an absent one stays absent. */
export function pickVariables(state: ExecutionState, names: readonly string[]): JsonObject {
  const picked: JsonObject = {};
  for (const name of names) if (name in state.variables) picked[name] = state.variables[name];
  return picked;
}

function rootKeys(node: FetchNode): string[] {
  const { definitions } = parse(node.operation, { noLocation: true });
  const operation = definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  return (operation?.selectionSet.selections ?? []).flatMap((selection) =>
    selection.kind === Kind.FIELD && selection.name.value !== "__typename"
      ? [selection.alias?.value ?? selection.name.value]
      : [],
  );
}
