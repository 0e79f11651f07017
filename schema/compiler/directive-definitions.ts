/** The directives a declaration may use, read from the SDL files that define them: Onefold's, federation's, GraphQL's. */
import { readFileSync } from "node:fs";
import {
  buildASTSchema,
  isSpecifiedDirective,
  isSpecifiedScalarType,
  parse,
  type DocumentNode,
  type GraphQLDirective,
} from "graphql";

export interface DirectiveDefinitions {
  readonly text: string;
  readonly document: DocumentNode;
  /** By name without `@`. */
  readonly directives: ReadonlyMap<string, GraphQLDirective>;
  /** Names of the scalars, enums and inputs that the file defines. */
  readonly types: ReadonlySet<string>;
}

/** Onefold's own words; the build copies the SDL beside the compiled code. */
export const onefoldDefinitions: DirectiveDefinitions = readDefinitions("onefold.graphql");

/** Federation's, each usable where the file's `@link` imports it; and GraphQL's own (`@deprecated`). */
export const federationDefinitions: DirectiveDefinitions = readDefinitions("federation.graphql");

function readDefinitions(file: string): DirectiveDefinitions {
  const text = readFileSync(new URL(`../directives/${file}`, import.meta.url), "utf8");
  const document = parse(text);
  const schema = buildASTSchema(document);
  const types = Object.values(schema.getTypeMap()).filter(
    (type) => !isSpecifiedScalarType(type) && !type.name.startsWith("__"),
  );
  return {
    text,
    document,
    directives: new Map(schema.getDirectives().map((directive) => [directive.name, directive])),
    types: new Set(types.map((type) => type.name)),
  };
}

/** Whether GraphQL itself defines it, so that no import is needed. */
export function isStandardDirective(directive: GraphQLDirective): boolean {
  return isSpecifiedDirective(directive);
}
