/** What a supergraph says of costs: @cost and @listSize, by the names that it gives them. */
import {
  isTypeDefinitionNode,
  Kind,
  type ConstDirectiveNode,
  type ConstValueNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type InputValueDefinitionNode,
} from "graphql";
import { listLinks } from "../supergraph-links.ts";

/** @see https://ibm.github.io/graphql-specs/cost-spec.html#sec-The-List-Size-Directive */
export interface ListSize {
  readonly assumedSize: number | undefined;
  /** Arguments that say how many come: integers. */
  readonly slicingArguments: readonly string[];
  /** Fields below, which are as long as this says, instead of the field itself. */
  readonly sizedFields: readonly string[];
  readonly requireOneSlicingArgument: boolean;
}

export interface FieldCosts {
  readonly weight: number | undefined;
  readonly listSize: ListSize | undefined;
  /** Weights of its arguments that have one, by name. */
  readonly argumentWeights: ReadonlyMap<string, number>;
}

export interface CostWeights {
  /** Of types that have one, by name. */
  readonly types: ReadonlyMap<string, number>;
  /** Of fields about which something is said, by `Type.field`. */
  readonly fields: ReadonlyMap<string, FieldCosts>;
  /** Of fields of input objects that have one, by `Type.field`. */
  readonly inputFields: ReadonlyMap<string, number>;
}

const identity = "https://specs.apollo.dev/cost";

interface Names {
  readonly cost: string | undefined;
  readonly listSize: string | undefined;
}

export function readCostWeights(supergraph: DocumentNode): CostWeights {
  const names: Names = { cost: localName(supergraph, "cost"), listSize: localName(supergraph, "listSize") };
  const types = new Map<string, number>();
  const fields = new Map<string, FieldCosts>();
  const inputFields = new Map<string, number>();
  for (const definition of supergraph.definitions) {
    if (!isTypeDefinitionNode(definition)) continue;
    const { value: type } = definition.name;
    const weight = readWeight(definition, names);
    if (weight !== undefined) types.set(type, weight);
    if (definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION) {
      for (const field of definition.fields ?? []) {
        const costs = readField(field, names);
        if (costs !== undefined) fields.set(`${type}.${field.name.value}`, costs);
      }
    }
    if (definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION)
      setWeights(inputFields, `${type}.`, definition.fields, names);
  }
  return { types, fields, inputFields };
}

/** What a directive of the specification is called here; undefined where the specification is not linked. */
function localName(supergraph: DocumentNode, name: string): string | undefined {
  const link = listLinks(supergraph).find((one) => one.identity === identity);
  if (link === undefined) return undefined;
  for (const [local, original] of link.imports) if (original === name) return local;
  return name === link.spec ? link.prefix : `${link.prefix}__${name}`;
}

function readField(field: FieldDefinitionNode, names: Names): FieldCosts | undefined {
  const argumentWeights = new Map<string, number>();
  setWeights(argumentWeights, "", field.arguments, names);
  const weight = readWeight(field, names);
  const sizing = directiveOf(field, names.listSize);
  if (weight === undefined && sizing === undefined && argumentWeights.size === 0) return undefined;
  return { weight, listSize: sizing && readListSize(sizing), argumentWeights };
}

function setWeights(
  weights: Map<string, number>,
  prefix: string,
  values: readonly InputValueDefinitionNode[] | undefined,
  names: Names,
): void {
  for (const value of values ?? []) {
    const weight = readWeight(value, names);
    if (weight !== undefined) weights.set(prefix + value.name.value, weight);
  }
}

function readListSize(directive: ConstDirectiveNode): ListSize {
  return {
    assumedSize: numberOf(argumentOf(directive, "assumedSize")),
    slicingArguments: textsOf(argumentOf(directive, "slicingArguments")),
    sizedFields: textsOf(argumentOf(directive, "sizedFields")),
    requireOneSlicingArgument: !isFalse(argumentOf(directive, "requireOneSlicingArgument")),
  };
}

interface WithDirectives {
  readonly directives?: readonly ConstDirectiveNode[] | undefined;
}

function readWeight(node: WithDirectives, { cost }: Names): number | undefined {
  const directive = directiveOf(node, cost);
  return directive && numberOf(argumentOf(directive, "weight"));
}

function directiveOf({ directives }: WithDirectives, name: string | undefined): ConstDirectiveNode | undefined {
  return name === undefined ? undefined : directives?.find((one) => one.name.value === name);
}

function argumentOf(directive: ConstDirectiveNode, name: string): ConstValueNode | undefined {
  return directive.arguments?.find((one) => one.name.value === name)?.value;
}

/** The specification writes weights as text, the federation one as numbers. */
function numberOf(value: ConstValueNode | undefined): number | undefined {
  if (value?.kind !== Kind.INT && value?.kind !== Kind.FLOAT && value?.kind !== Kind.STRING) return undefined;
  const number = Number(value.value);
  return Number.isFinite(number) ? number : undefined;
}

function textsOf(value: ConstValueNode | undefined): readonly string[] {
  const values = value?.kind === Kind.LIST ? value.values : [value];
  return values.flatMap((one) => (one?.kind === Kind.STRING ? one.value : []));
}

function isFalse(value: ConstValueNode | undefined): boolean {
  return value?.kind === Kind.BOOLEAN && !value.value;
}
