/** `_entities`, compiled: each reference is a link to its entity, and all are loaded together. */
import { getNullableType, isInterfaceType, isListType, isObjectType, type FieldNode, type GraphQLField } from "graphql";
import type { ReferenceResolver } from "../runtime/build-resolvers.ts";
import type { EntityLink } from "../runtime/entity-link.ts";
import type { ReadArguments } from "./compile-arguments.ts";
import { compileLink } from "./compile-link.ts";
import { compileValue } from "./compile-value.ts";
import type { OperationCompiler } from "./operation-compiler.ts";
import { Refused, type Complete, type Container, type LinkLoad, type WriteField } from "./read-run.ts";

type Reference = Readonly<Record<string, unknown>>;

interface ReferenceLink {
  readonly link: EntityLink<Reference>;
  readonly load: LinkLoad;
}

export function compileEntities(
  field: GraphQLField<unknown, unknown>,
  nodes: readonly FieldNode[],
  { args, compiler }: { readonly args: ReadArguments; readonly compiler: OperationCompiler },
): WriteField {
  const list = getNullableType(field.type);
  if (!isListType(list)) throw new Refused();
  const complete = compileValue(list.ofType, nodes, compiler);
  const byType = new Map<string, ReferenceLink>();
  const linkOf = (type: string): ReferenceLink => {
    const known = byType.get(type) ?? compileReference(type, nodes, { complete, compiler });
    byType.set(type, known);
    return known;
  };
  return (_parent, run, { out, at }) => {
    const { representations } = args(run);
    if (!Array.isArray(representations)) throw new Refused();
    const entities = [] as unknown as Container;
    out[at] = entities;
    representations.forEach((reference: unknown, i) => {
      if (!isReference(reference)) throw new Refused();
      const { link, load } = linkOf(reference.__typename);
      const key = link.keyOf(reference, noArguments, run.context);
      if (key === null) throw new Refused();
      run.load(load, key, { out: entities, at: i }, (node) => link.lend?.(reference, node) ?? node);
    });
  };
}

const noArguments: Readonly<Record<string, unknown>> = {};

function compileReference(
  typeName: string,
  nodes: readonly FieldNode[],
  { complete, compiler }: { readonly complete: Complete; readonly compiler: OperationCompiler },
): ReferenceLink {
  const type = compiler.schema.getType(typeName);
  if (!isObjectType(type) && !isInterfaceType(type)) throw new Refused();
  const apollo = type.extensions["apollo"] as ApolloExtensions | undefined;
  const link = apollo?.subgraph?.resolveReference?.link;
  if (link === undefined) throw new Refused();
  return { link, load: compileLink(link, nodes, { complete, compiler }) };
}

/** Where Apollo's library keeps what resolves a type's references. */
interface ApolloExtensions {
  readonly subgraph?: { readonly resolveReference?: Partial<ReferenceResolver> };
}

function isReference(value: unknown): value is Reference & { readonly __typename: string } {
  return typeof value === "object" && value !== null && "__typename" in value && typeof value.__typename === "string";
}
