/** What the phases after parsing share: the files, the valid directives, and the report. */
import { Kind, print, type DirectiveNode, type NamedTypeNode, type TypeNode } from "graphql";
import type { TypeDeclaration } from "./collect-types.ts";
import type { DirectiveUses } from "./directive-use.ts";
import type { Report } from "./diagnostic.ts";
import type { DomainFile } from "./parse-files.ts";

export interface DomainDeclaration extends DomainFile {
  readonly name: string;
}

export interface Compilation {
  readonly domains: readonly DomainDeclaration[];
  readonly uses: DirectiveUses;
  /** Uses that are wrong and reported. */
  readonly broken: ReadonlySet<DirectiveNode>;
  /** Words of files that do not parse: not to be called unknown. */
  readonly unreadable: ReadonlySet<string>;
  readonly report: Report;
}

/** Whether a directive of the type is wrong: what it was to say is not known. */
export function hasBrokenDirective(type: TypeDeclaration, { broken }: Compilation): boolean {
  return type.directives.some((directive) => broken.has(directive));
}

/** A field's type taken apart. `isNested`: a list of lists. */
export interface TypeShape {
  readonly name: string;
  readonly nullable: boolean;
  readonly list: boolean;
  readonly itemNullable: boolean;
  readonly isNested: boolean;
  readonly named: NamedTypeNode;
  /** As it is written. */
  readonly text: string;
}

export function shapeOf(type: TypeNode): TypeShape {
  const nullable = type.kind !== Kind.NON_NULL_TYPE;
  const inner = type.kind === Kind.NON_NULL_TYPE ? type.type : type;
  if (inner.kind === Kind.NAMED_TYPE) {
    const name = inner.name.value;
    return { name, nullable, list: false, itemNullable: false, isNested: false, named: inner, text: print(type) };
  }
  const item = shapeOf(inner.type);
  return { ...item, nullable, list: true, itemNullable: item.nullable, isNested: item.list, text: print(type) };
}
