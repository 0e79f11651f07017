/** Reads a supergraph's @link directives: which names belong to specifications, and what @inaccessible is called here. */
import { Kind, type ConstDirectiveNode, type ConstValueNode, type DocumentNode } from "graphql";

export interface SupergraphLinks {
  /** The local name of the @inaccessible directive. */
  readonly inaccessible: string;
  /** Whether a type or directive belongs to a linked specification, such as `join__Graph` or `@tag`. */
  isMachinery(name: string): boolean;
}

export interface Link {
  /** As it stands there. */
  readonly url: string;
  /** The url without version: what the specification is known by. */
  readonly identity: string;
  /** The specification's own name: `join` of `https://specs.apollo.dev/join/v0.5`. */
  readonly spec: string;
  /** Such as `v0.5`, or undefined if the url has none. */
  readonly version: string | undefined;
  /** `SECURITY` or `EXECUTION`: who does not know the specification must not serve the document. */
  readonly purpose: string | undefined;
  /** The name that it has in this document. */
  readonly prefix: string;
  /** Names imported without prefix: local name to the specification's name, both without `@`. */
  readonly imports: ReadonlyMap<string, string>;
}

/** The links of a supergraph, in order; `@core` of federation 1 counts as well. */
export function listLinks(supergraph: DocumentNode): readonly Link[] {
  return supergraph.definitions.flatMap((definition) =>
    definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.SCHEMA_EXTENSION
      ? (definition.directives ?? []).filter(isLink).map(readLink)
      : [],
  );
}

/** Reads what the links of a supergraph say about names. */
export function readLinks(supergraph: DocumentNode): SupergraphLinks {
  const links = listLinks(supergraph);
  const prefixes = new Set(["link", "core", "join", ...links.map((link) => link.prefix)]);
  const imported = new Set(links.flatMap((link) => [...link.imports.keys()]));
  return {
    inaccessible: inaccessibleName(links),
    isMachinery: (name) =>
      prefixes.has(name) || imported.has(name) || (prefixes.has(name.split("__", 1)[0] ?? "") && name.includes("__")),
  };
}

function isLink(directive: ConstDirectiveNode): boolean {
  return directive.name.value === "link" || directive.name.value === "core";
}

function inaccessibleName(links: readonly Link[]): string {
  const link = links.find((candidate) => candidate.spec === "inaccessible");
  for (const [local, original] of link?.imports ?? []) if (original === "inaccessible") return local;
  return link?.prefix ?? "inaccessible";
}

function readLink(directive: ConstDirectiveNode): Link {
  const url = text(argument(directive, "url") ?? argument(directive, "feature")) ?? "";
  const version = /\/(v\d+\.\d+)\/*$/.exec(url)?.[1];
  const identity = url.replace(/\/+$/, "").slice(0, version === undefined ? undefined : -version.length - 1);
  const spec = identity.split("/").at(-1) ?? "";
  const purpose = argument(directive, "for");
  return {
    url,
    identity,
    spec,
    version,
    purpose: purpose?.kind === Kind.ENUM ? purpose.value : undefined,
    prefix: text(argument(directive, "as")) ?? spec,
    imports: readImports(argument(directive, "import")),
  };
}

function readImports(value: ConstValueNode | undefined): ReadonlyMap<string, string> {
  const imports = new Map<string, string>();
  if (value?.kind !== Kind.LIST) return imports;
  for (const item of value.values) {
    if (item.kind === Kind.STRING) imports.set(bare(item.value), bare(item.value));
    if (item.kind !== Kind.OBJECT) continue;
    const named = (key: string) => text(item.fields.find((field) => field.name.value === key)?.value);
    const original = named("name");
    if (original !== undefined) imports.set(bare(named("as") ?? original), bare(original));
  }
  return imports;
}

function bare(name: string): string {
  return name.startsWith("@") ? name.slice(1) : name;
}

function argument(directive: ConstDirectiveNode, name: string): ConstValueNode | undefined {
  return directive.arguments?.find((candidate) => candidate.name.value === name)?.value;
}

function text(value: ConstValueNode | undefined): string | undefined {
  return value?.kind === Kind.STRING ? value.value : undefined;
}
