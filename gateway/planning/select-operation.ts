/** Picks one operation out of a client's document, once per document, with the fragments and conditions that it uses. */
import {
  Kind,
  print,
  separateOperations,
  visit,
  type DocumentNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
} from "graphql";

export interface SelectedOperation {
  /** The operation and its fragments as normalised text, without the operation's name: equal text, equal plan. */
  readonly text: string;
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Variables that @skip and @include depend on: their values belong to the plan's key. */
  readonly conditionVariables: readonly string[];
  /** Undefined for an operation without @defer; else the variables that @defer depends on. */
  readonly deferVariables: readonly string[] | undefined;
}

/** Remembers what it selected for as long as the document lives; answers undefined if there is no such operation. */
export function createOperationSelector(): (
  document: DocumentNode,
  operationName: string | undefined,
) => SelectedOperation | undefined {
  const known = new WeakMap<DocumentNode, ReadonlyMap<string, SelectedOperation>>();
  return (document, operationName) => {
    let operations = known.get(document);
    if (operations === undefined) {
      operations = selectAll(document);
      known.set(document, operations);
    }
    if (operationName !== undefined) return operations.get(operationName);
    return operations.size === 1 ? [...operations.values()][0] : undefined;
  };
}

function selectAll(document: DocumentNode): ReadonlyMap<string, SelectedOperation> {
  return new Map(Object.entries(separateOperations(document)).map(([name, separate]) => [name, select(separate)]));
}

function select(separate: DocumentNode): SelectedOperation {
  const fragments = new Map<string, FragmentDefinitionNode>();
  let operation: OperationDefinitionNode | undefined;
  for (const definition of separate.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    if (definition.kind === Kind.OPERATION_DEFINITION) operation = definition;
  }
  if (operation === undefined) throw new Error("A separated document without its operation.");
  const { name: _name, ...unnamed } = operation;
  return {
    text: print({ kind: Kind.DOCUMENT, definitions: [unnamed, ...fragments.values()] }),
    operation,
    fragments,
    conditionVariables: conditionVariables(separate, ["skip", "include"]),
    deferVariables: hasDefer(separate) ? conditionVariables(separate, ["defer"]) : undefined,
  };
}

function hasDefer(document: DocumentNode): boolean {
  let found = false;
  visit(document, { Directive: ({ name }) => void (found ||= name.value === "defer") });
  return found;
}

function conditionVariables(document: DocumentNode, directives: readonly string[]): readonly string[] {
  const names = new Set<string>();
  visit(document, {
    Directive(directive) {
      if (!directives.includes(directive.name.value)) return;
      const condition = directive.arguments?.find(({ name }) => name.value === "if")?.value;
      if (condition?.kind === Kind.VARIABLE) names.add(condition.name.value);
    },
  });
  return [...names].sort();
}
