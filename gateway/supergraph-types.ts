/** What planning and execution must know of all the supergraph's types, the inaccessible ones included. */
import { isTypeDefinitionNode, Kind, parse } from "graphql";

export interface SupergraphTypes {
  /** Names of all fields of all types: an alias equal to one of them could hide a key that a plan needs. */
  readonly fieldNames: ReadonlySet<string>;
  readonly isObject: (typename: string) => boolean;
  /** Whether an object that says `typename` meets a type condition. */
  readonly satisfies: (typename: string, condition: string) => boolean;
}

/** Reads type relations from supergraph SDL. */
export function readSupergraphTypes(supergraphSdl: string): SupergraphTypes {
  const objects = new Set<string>();
  const fieldNames = new Set<string>();
  const members = new Map<string, Set<string>>();
  const addMember = (abstract: string, member: string) => {
    const known = members.get(abstract);
    if (known === undefined) members.set(abstract, new Set([member]));
    else known.add(member);
  };
  for (const definition of parse(supergraphSdl, { noLocation: true }).definitions) {
    if (!isTypeDefinitionNode(definition)) continue;
    const name = definition.name.value;
    if (definition.kind === Kind.UNION_TYPE_DEFINITION) {
      for (const member of definition.types ?? []) addMember(name, member.name.value);
    }
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    if (definition.kind === Kind.OBJECT_TYPE_DEFINITION) objects.add(name);
    for (const parent of definition.interfaces ?? []) addMember(parent.name.value, name);
    for (const field of definition.fields ?? []) fieldNames.add(field.name.value);
  }
  return {
    fieldNames,
    isObject: (typename) => objects.has(typename),
    satisfies: (typename, condition) => typename === condition || (members.get(condition)?.has(typename) ?? false),
  };
}
