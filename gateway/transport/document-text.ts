/** The text of a document, printed once for each object: the same plan hands over the same object each time. */
import { Kind, OperationTypeNode, print, type DocumentNode } from "graphql";

export interface DocumentText {
  readonly text: string;
  /** Whether an operation in it writes. */
  readonly isMutation: boolean;
}

const known = new WeakMap<DocumentNode, DocumentText>();

export function documentText(document: DocumentNode): DocumentText {
  let text = known.get(document);
  if (text === undefined) {
    text = { text: print(document), isMutation: document.definitions.some(isMutation) };
    known.set(document, text);
  }
  return text;
}

function isMutation(definition: DocumentNode["definitions"][number]): boolean {
  return definition.kind === Kind.OPERATION_DEFINITION && definition.operation === OperationTypeNode.MUTATION;
}
