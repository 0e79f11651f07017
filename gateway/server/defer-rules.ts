/** Validation of @defer: where it may stand, and what it may be called. */
import {
  GraphQLError,
  Kind,
  visit,
  type ASTVisitor,
  type DirectiveNode,
  type FragmentSpreadNode,
  type InlineFragmentNode,
  type OperationDefinitionNode,
  type ValidationContext,
  type ValidationRule,
} from "graphql";

/** A mutation's fields run one after the other: none can be left for later. */
const notOnMutationRoot: ValidationRule = (context) => {
  const check = (node: InlineFragmentNode | FragmentSpreadNode): void => {
    const directive = deferOf(node.directives);
    const parent = context.getParentType();
    if (directive === undefined || parent == null || parent !== context.getSchema().getMutationType()) return;
    report(context, `@defer cannot stand on fields of ${parent.name}: they run one after the other.`, [directive]);
  };
  return { InlineFragment: check, FragmentSpread: check };
};

/** A message of a subscription comes in one. */
const notInSubscriptions: ValidationRule = (context) => ({
  OperationDefinition(operation) {
    if (operation.operation !== "subscription") return;
    for (const directive of defersOf(context, operation)) {
      report(context, "@defer cannot stand in a subscription, unless `if` says false.", [directive]);
    }
  },
});

/** A client tells payloads apart by their labels. */
const uniqueLabels: ValidationRule = (context): ASTVisitor => {
  const known = new Map<string, DirectiveNode>();
  return {
    Directive(directive) {
      if (directive.name.value !== "defer") return;
      const label = argumentOf(directive, "label");
      if (label === undefined || label.kind === Kind.NULL) return;
      if (label.kind !== Kind.STRING) {
        report(context, "The label of @defer must be a text that stands in the document.", [directive]);
        return;
      }
      const first = known.get(label.value);
      if (first === undefined) known.set(label.value, directive);
      else report(context, `The label "${label.value}" of @defer is there more than once.`, [first, directive]);
    },
  };
};

export const deferRules: readonly ValidationRule[] = [notOnMutationRoot, notInSubscriptions, uniqueLabels];

/** Those of an operation and of all fragments that it uses which are not switched off for good or by a variable. */
function defersOf(context: ValidationContext, operation: OperationDefinitionNode): DirectiveNode[] {
  const found: DirectiveNode[] = [];
  const collect = (directive: DirectiveNode): void => {
    if (directive.name.value !== "defer") return;
    const condition = argumentOf(directive, "if");
    const isOff = condition?.kind === Kind.VARIABLE || (condition?.kind === Kind.BOOLEAN && !condition.value);
    if (!isOff) found.push(directive);
  };
  for (const node of [operation, ...context.getRecursivelyReferencedFragments(operation)]) {
    visit(node, { Directive: collect });
  }
  return found;
}

function deferOf(directives: readonly DirectiveNode[] | undefined): DirectiveNode | undefined {
  return directives?.find(({ name }) => name.value === "defer");
}

function argumentOf(directive: DirectiveNode, name: string) {
  return directive.arguments?.find((one) => one.name.value === name)?.value;
}

function report(context: ValidationContext, message: string, nodes: readonly DirectiveNode[]): void {
  context.reportError(new GraphQLError(message, { nodes }));
}
