/** Document limits: what is absurdly long, deep or wide is refused before anything that could choke on it sees it. */
import { Kind, type GraphQLError, type DocumentNode, type SelectionSetNode } from "graphql";
import { limitError } from "../limit-error.ts";

export interface DocumentLimits {
  readonly maxTokens: number;
  /** Fields below one another, fragments expanded. */
  readonly maxDepth: number;
  /** Fields in all, fragments expanded. */
  readonly maxFields: number;
}

interface Measure {
  readonly depth: number;
  /** Selection sets inside one another, whatever they belong to. */
  readonly nesting: number;
  readonly fields: number;
}

const nothing: Measure = { depth: 0, nesting: 0, fields: 0 };

/** Answers why a document is refused, or undefined. */
export function checkDocumentLimits(document: DocumentNode, limits: DocumentLimits): GraphQLError | undefined {
  const measure = measureDocument(document);
  if (measure.depth > limits.maxDepth || measure.nesting > 2 * limits.maxDepth) {
    return limitError(`The document is nested more than ${limits.maxDepth} fields deep.`);
  }
  if (measure.fields > limits.maxFields) {
    return limitError(`The document asks for more than ${limits.maxFields} fields.`);
  }
  return undefined;
}

/** Each fragment is measured once, so that a document of many spreads costs no more than its length. */
function measureDocument(document: DocumentNode): Measure {
  const fragments = new Map<string, SelectionSetNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition.selectionSet);
  }
  const measured = new Map<string, Measure>();
  const measureFragment = (name: string): Measure => {
    const known = measured.get(name);
    if (known !== undefined) return known;
    // A cycle counts as nothing here: validation refuses it by name.
    measured.set(name, nothing);
    const set = fragments.get(name);
    const measure = set === undefined ? nothing : measureSet(set);
    measured.set(name, measure);
    return measure;
  };
  const measureSet = (set: SelectionSetNode): Measure => {
    let depth = 0;
    let nesting = 0;
    let fields = 0;
    for (const node of set.selections) {
      const inner =
        node.kind === Kind.FRAGMENT_SPREAD
          ? measureFragment(node.name.value)
          : node.selectionSet === undefined
            ? nothing
            : measureSet(node.selectionSet);
      const own = node.kind === Kind.FIELD ? 1 : 0;
      depth = Math.max(depth, inner.depth + own);
      nesting = Math.max(nesting, inner.nesting);
      fields += inner.fields + own;
    }
    return { depth, nesting: nesting + 1, fields };
  };
  let whole = nothing;
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION) continue;
    const one = measureSet(definition.selectionSet);
    whole = {
      depth: Math.max(whole.depth, one.depth),
      nesting: Math.max(whole.nesting, one.nesting),
      fields: Math.max(whole.fields, one.fields),
    };
  }
  return whole;
}
