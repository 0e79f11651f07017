/** Phase 2: every use of a directive against its definition: known, imported, in its place, once, with its arguments. */
import {
  DirectiveLocation,
  getArgumentValues,
  Kind,
  visit,
  type DirectiveDefinitionNode,
  type DirectiveNode,
  type GraphQLDirective,
  type Location,
  type NameNode,
} from "graphql";
import { suggest } from "../expression/suggest.ts";
import { checkDirectiveArguments } from "./check-directive-arguments.ts";
import { placeOf, placeText, type Report } from "./diagnostic.ts";
import { federationDefinitions, isStandardDirective, onefoldDefinitions } from "./directive-definitions.ts";
import type { DirectiveUse } from "./directive-use.ts";
import { importedNames } from "./imported-names.ts";
import type { DomainFile } from "./parse-files.ts";

export interface CheckedDirectives {
  /** The valid uses of Onefold's and federation's directives. */
  readonly uses: ReadonlyMap<DirectiveNode, DirectiveUse>;
  /** The uses that are wrong, all of them reported. */
  readonly broken: ReadonlySet<DirectiveNode>;
}

export function checkDirectives(file: DomainFile, report: Report): CheckedDirectives {
  const broken = new Set<DirectiveNode>();
  const uses = new Map<DirectiveNode, DirectiveUse>();
  const own = new Set(
    file.document.definitions
      .filter((node): node is DirectiveDefinitionNode => node.kind === Kind.DIRECTIVE_DEFINITION)
      .map((node) => node.name.value),
  );
  const imports = importedNames(file.schemaDirectives);
  const seen = new Map<string, Map<string, DirectiveNode>>();
  const defined = new Set<string>();
  const check = (node: Holder): void => {
    const location = locations[node.kind];
    const holder = holderName(node, defined);
    const earlier = seen.get(holder) ?? new Map<string, DirectiveNode>();
    seen.set(holder, earlier);
    for (const directive of node.directives ?? []) {
      const name = directive.name.value;
      if (own.has(name)) continue;
      const definition = findDefinition(directive, { imports, own }, report);
      if (definition === undefined) {
        broken.add(directive);
        continue;
      }
      const isPlaced = checkPlace(directive, definition, { location, earlier: earlier.get(name) }, report);
      earlier.set(name, directive);
      if (!checkDirectiveArguments(directive, definition, report) || !isPlaced) broken.add(directive);
      else uses.set(directive, { name, node: directive, values: getArgumentValues(definition, directive) });
    }
  };
  visit(file.document, { enter: check });
  return { uses, broken };
}

/** Any node: most kinds can carry directives, and those that cannot have none. */
interface Holder {
  readonly kind: Kind;
  readonly loc?: Location | undefined;
  readonly name?: NameNode | undefined;
  readonly directives?: readonly DirectiveNode[] | undefined;
}

/**
 * A type and its extensions are one holder, and so are all extensions of the schema. A second definition of a type is
 * wrong as a whole, which is reported: its directives are not compared with those of the first.
 */
function holderName(node: Holder, defined: Set<string>): string {
  const place = `at ${node.loc?.start ?? 0}`;
  if (node.kind === Kind.SCHEMA_DEFINITION || node.kind === Kind.SCHEMA_EXTENSION) return "schema";
  if (node.name === undefined || !/Type(Definition|Extension)$/.test(node.kind)) return place;
  const type = `type ${node.name.value}`;
  if (node.kind.endsWith("Extension")) return type;
  if (defined.has(type)) return place;
  defined.add(type);
  return type;
}

const locations: Readonly<Partial<Record<Kind, DirectiveLocation>>> = {
  [Kind.SCHEMA_DEFINITION]: DirectiveLocation.SCHEMA,
  [Kind.SCHEMA_EXTENSION]: DirectiveLocation.SCHEMA,
  [Kind.SCALAR_TYPE_DEFINITION]: DirectiveLocation.SCALAR,
  [Kind.SCALAR_TYPE_EXTENSION]: DirectiveLocation.SCALAR,
  [Kind.OBJECT_TYPE_DEFINITION]: DirectiveLocation.OBJECT,
  [Kind.OBJECT_TYPE_EXTENSION]: DirectiveLocation.OBJECT,
  [Kind.FIELD_DEFINITION]: DirectiveLocation.FIELD_DEFINITION,
  [Kind.INTERFACE_TYPE_DEFINITION]: DirectiveLocation.INTERFACE,
  [Kind.INTERFACE_TYPE_EXTENSION]: DirectiveLocation.INTERFACE,
  [Kind.UNION_TYPE_DEFINITION]: DirectiveLocation.UNION,
  [Kind.UNION_TYPE_EXTENSION]: DirectiveLocation.UNION,
  [Kind.ENUM_TYPE_DEFINITION]: DirectiveLocation.ENUM,
  [Kind.ENUM_TYPE_EXTENSION]: DirectiveLocation.ENUM,
  [Kind.ENUM_VALUE_DEFINITION]: DirectiveLocation.ENUM_VALUE,
  [Kind.INPUT_OBJECT_TYPE_DEFINITION]: DirectiveLocation.INPUT_OBJECT,
  [Kind.INPUT_OBJECT_TYPE_EXTENSION]: DirectiveLocation.INPUT_OBJECT,
};

const placeNames: Readonly<Partial<Record<DirectiveLocation, string>>> = {
  SCHEMA: "the schema",
  OBJECT: "an object type",
  FIELD_DEFINITION: "a field",
  INTERFACE: "an interface",
  ENUM_VALUE: "an enum value",
  ARGUMENT_DEFINITION: "an argument",
  INPUT_OBJECT: "an input type",
  INPUT_FIELD_DEFINITION: "an input field",
};

interface Names {
  readonly imports: ReadonlySet<string>;
  readonly own: ReadonlySet<string>;
}

function findDefinition(node: DirectiveNode, names: Names, report: Report): GraphQLDirective | undefined {
  const name = node.name.value;
  const onefold = onefoldDefinitions.directives.get(name);
  if (onefold !== undefined) return onefold;
  const federation = federationDefinitions.directives.get(name.replace(/^federation__/, ""));
  if (federation === undefined) {
    if (name === "pii") {
      const remedy = "Leave it off until a release enforces it; a mark that nothing enforces would promise too much.";
      report.add(node, "@pii is not supported: nothing enforces it yet.", remedy);
      return undefined;
    }
    const known = [
      ...onefoldDefinitions.directives.keys(),
      ...federationDefinitions.directives.keys(),
      ...names.own,
    ].map((option) => `@${option}`);
    report.add(
      node,
      `@${name} is not a known directive.`,
      suggest(`@${name}`, known) || "Use Onefold's or federation's own.",
    );
    return undefined;
  }
  if (isStandardDirective(federation) || name === "link" || name.startsWith("federation__")) return federation;
  if (names.imports.has(`@${name}`)) return federation;
  const remedy = `Add it: extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@${name}", …]).`;
  const key = `${placeOf(node).file} ${name}`;
  report.addOnce(key, node, `@${name} is federation's, but this file does not import it.`, remedy);
  return undefined;
}

function checkPlace(
  node: DirectiveNode,
  definition: GraphQLDirective,
  at: { readonly location: DirectiveLocation | undefined; readonly earlier: DirectiveNode | undefined },
  report: Report,
): boolean {
  const name = `@${definition.name}`;
  const location = at.location ?? DirectiveLocation.ARGUMENT_DEFINITION;
  if (!definition.locations.includes(location)) {
    const allowed = definition.locations.map((place) => placeNames[place] ?? place.toLowerCase());
    report.add(node, `${name} does not belong here.`, `It stands on ${allowed.join(" or ")}.`);
    return false;
  }
  if (at.earlier === undefined || definition.isRepeatable) return true;
  report.add(node, `${name} stands here twice: also at ${placeText(placeOf(at.earlier))}.`, "Remove one of them.");
  return false;
}
