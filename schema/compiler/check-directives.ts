/** Phase 2: every use of a directive against its definition: known, imported, in its place, once, with its arguments. */
import {
  DirectiveLocation,
  getArgumentValues,
  isRequiredArgument,
  Kind,
  visit,
  type ASTNode,
  type DirectiveDefinitionNode,
  type DirectiveNode,
  type GraphQLDirective,
} from "graphql";
import { suggest } from "../expression/suggest.ts";
import { checkArgument } from "./check-argument.ts";
import { placeOf, placeText, type Report } from "./diagnostic.ts";
import { federationDefinitions, isStandardDirective, onefoldDefinitions } from "./directive-definitions.ts";
import type { DirectiveUse } from "./directive-use.ts";
import { importedNames } from "./imported-names.ts";
import type { DomainFile } from "./parse-files.ts";

/** The valid uses of Onefold's and federation's directives in one file. */
export function checkDirectives(file: DomainFile, report: Report): ReadonlyMap<DirectiveNode, DirectiveUse> {
  const uses = new Map<DirectiveNode, DirectiveUse>();
  const own = new Set(
    file.document.definitions
      .filter((node): node is DirectiveDefinitionNode => node.kind === Kind.DIRECTIVE_DEFINITION)
      .map((node) => node.name.value),
  );
  const imports = importedNames(file.schemaDirectives);
  const check = (node: ASTNode): void => {
    if (!("directives" in node) || node.directives === undefined) return;
    const location = locations[node.kind];
    const earlier = new Map<string, DirectiveNode>();
    for (const directive of node.directives) {
      const name = directive.name.value;
      if (own.has(name)) continue;
      const definition = findDefinition(directive, { imports, own }, report);
      if (definition === undefined) continue;
      const isPlaced = checkPlace(directive, definition, { location, earlier: earlier.get(name) }, report);
      earlier.set(name, directive);
      if (!checkArguments(directive, definition, report) || !isPlaced) continue;
      uses.set(directive, { name, node: directive, values: getArgumentValues(definition, directive) });
    }
  };
  visit(file.document, { enter: check });
  return uses;
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
    const known = [...onefoldDefinitions.directives.keys(), ...federationDefinitions.directives.keys(), ...names.own];
    report.add(
      node,
      `@${name} is not a known directive.`,
      suggest(name, known) || "Use Onefold's or federation's own.",
    );
    return undefined;
  }
  if (isStandardDirective(federation) || name === "link" || name.startsWith("federation__")) return federation;
  if (names.imports.has(`@${name}`)) return federation;
  const remedy = `Add it: extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@${name}", …]).`;
  report.add(node, `@${name} is federation's, but this file does not import it.`, remedy);
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

function checkArguments(node: DirectiveNode, definition: GraphQLDirective, report: Report): boolean {
  const known = new Map(definition.args.map((argument) => [argument.name, argument]));
  const seen = new Set<string>();
  let isValid = true;
  for (const argument of node.arguments ?? []) {
    const name = argument.name.value;
    const expected = known.get(name);
    if (expected === undefined) {
      const near = suggest(name, known.keys());
      const list = known.size === 0 ? "It takes no arguments." : `It takes ${[...known.keys()].join(", ")}.`;
      report.add(argument, `@${definition.name} has no argument "${name}".`, near ? `${near} ${list}` : list);
    } else if (seen.has(name)) report.add(argument, `"${name}" is given twice.`, "Remove one of them.");
    else if (checkArgument(argument.value, expected.type, report)) {
      seen.add(name);
      continue;
    }
    seen.add(name);
    isValid = false;
  }
  for (const argument of definition.args) {
    if (!isRequiredArgument(argument) || seen.has(argument.name)) continue;
    const reason = `@${definition.name} lacks its argument "${argument.name}".`;
    report.add(node, reason, `Add ${argument.name}: ${String(argument.type)}.`);
    isValid = false;
  }
  return isValid;
}
