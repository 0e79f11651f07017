/** Document limits of the subgraph server: what is absurdly deep or wide is refused before anything walks through it. */
import { GraphQLError, Kind, type DocumentNode, type SelectionSetNode } from "graphql";
import type { SubgraphServerSettings } from "./subgraph-server-options.ts";

export type DocumentLimits = Pick<SubgraphServerSettings, "maxDepth" | "maxSelections">;

interface Measure {
  readonly depth: number;
  readonly selections: number;
}

const nothing: Measure = { depth: 0, selections: 0 };

/** Measures each document once; answers why it is refused, or undefined. */
export function createLimitCheck(limits: DocumentLimits): (document: DocumentNode) => GraphQLError | undefined {
  const known = new WeakMap<DocumentNode, { readonly refusal: GraphQLError | undefined }>();
  return (document) => {
    const judged = known.get(document) ?? { refusal: refuse(document, limits) };
    known.set(document, judged);
    return judged.refusal;
  };
}

function refuse(document: DocumentNode, { maxDepth, maxSelections }: DocumentLimits): GraphQLError | undefined {
  const { depth, selections } = measureOperations(document);
  if (depth > maxDepth) return limitError(`The document is nested more than ${maxDepth} selection sets deep.`);
  if (selections > maxSelections) return limitError(`The document has more than ${maxSelections} selections.`);
  return undefined;
}

function limitError(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: "DOCUMENT_LIMIT", http: { status: 400 } } });
}

/** With fragments expanded; each is measured once, so that a document of many spreads costs no more than its length. */
function measureOperations(document: DocumentNode): Measure {
  const fragments = new Map<string, SelectionSetNode>();
  const measured = new Map<string, Measure>();
  const measureFragment = (name: string): Measure => {
    const known = measured.get(name);
    if (known !== undefined) return known;
    // A cycle counts as nothing here: validation refuses it by name.
    measured.set(name, nothing);
    const measure = measureSet(fragments.get(name));
    measured.set(name, measure);
    return measure;
  };
  const measureSet = (set: SelectionSetNode | undefined): Measure => {
    if (set === undefined) return nothing;
    let { depth, selections } = nothing;
    for (const node of set.selections) {
      const inner =
        node.kind === Kind.FRAGMENT_SPREAD ? measureFragment(node.name.value) : measureSet(node.selectionSet);
      depth = Math.max(depth, inner.depth);
      selections += inner.selections + 1;
    }
    return { depth: depth + 1, selections };
  };
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition.selectionSet);
  }
  let whole = nothing;
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const { depth, selections } = measureSet(definition.selectionSet);
    whole = { depth: Math.max(whole.depth, depth), selections: Math.max(whole.selections, selections) };
  }
  return whole;
}
