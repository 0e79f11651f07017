/** The text of a document, printed once for each object, as short as it can be: the same plan hands over the same object each time. */
import { Kind, OperationTypeNode, print, stripIgnoredCharacters, type DocumentNode } from "graphql";

export interface DocumentText {
  readonly text: string;
  /** The text as JSON, quotes included. */
  readonly json: string;
  /** Whether an operation in it writes. */
  readonly isMutation: boolean;
}

const known = new WeakMap<DocumentNode, DocumentText>();

export function documentText(document: DocumentNode): DocumentText {
  let found = known.get(document);
  if (found === undefined) {
    const text = stripIgnoredCharacters(print(document));
    found = { text, json: JSON.stringify(text), isMutation: document.definitions.some(isMutation) };
    known.set(document, found);
  }
  return found;
}

function isMutation(definition: DocumentNode["definitions"][number]): boolean {
  return definition.kind === Kind.OPERATION_DEFINITION && definition.operation === OperationTypeNode.MUTATION;
}
