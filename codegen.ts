/**
 * GraphQL Code Generator's configuration: typed resolvers for hand-written resolvers, typed documents for the sample
 * client. `npm run codegen` runs it; by itself it finds no schema, since the schemas are printed for it first.
 *
 *     schema/<domain>.graphql ── onefold print subgraph <domain> ──> <printed>/subgraphs/<domain>.graphql
 *                                                                        └─> subgraphs/<domain>/generated/resolvers.ts
 *     all of them             ── onefold print api ────────────────> <printed>/api.graphql
 *                                                                        ├─> client/sample/generated/api.graphql
 *                client/sample/*.graphql ────────────────────────────────┴─> client/sample/generated/documents.ts
 *
 * Only a domain with a folder under `subgraphs/` gets resolver types. Generated files are committed, so that a reviewer
 * sees what a changed declaration does to the graph; `npm test` fails when they are stale.
 */
import { existsSync, readdirSync } from "node:fs";
import type { CodegenConfig } from "@graphql-codegen/cli";

/** Where `cli/setup/codegen.mjs` prints the schemas. */
const printed = "node_modules/.cache/onefold/codegen";

/** How Onefold's scalars look in JSON: a count may pass 2³¹ and a decimal may not lose a digit. */
const scalars = {
  Count: "number",
  DateTime: "string",
  Decimal: "string",
};

const shared = {
  scalars,
  defaultScalarType: "unknown",
  immutableTypes: true,
  useTypeImports: true,
  enumsAsTypes: true,
  skipTypename: true,
} as const;

/** A hand-written resolver as the runtime calls it: any parent is the same reader, arguments and answer are the field's. */
const runtime = 'import("../../runtime/domain-resolvers.ts")';
const fieldResolver = `Omit<${runtime}.FieldResolver, "resolve"> & {
  readonly resolve: (
    parent: TParent extends object ? ${runtime}.ResolverParent : never,
    args: TArgs,
    context: TContext,
    info: GraphQLResolveInfo,
  ) => Promise<TResult> | TResult;
}`;

type Outputs = CodegenConfig["generates"];

const domains = existsSync(`${printed}/subgraphs`)
  ? readdirSync(`${printed}/subgraphs`).map((file) => file.replace(/\.graphql$/, ""))
  : [];

const resolvers: Outputs = Object.fromEntries(
  domains
    .filter((domain) => existsSync(`subgraphs/${domain}`))
    .map((domain) => [
      `subgraphs/${domain}/generated/resolvers.ts`,
      {
        schema: `${printed}/subgraphs/${domain}.graphql`,
        plugins: ["typescript", "typescript-resolvers"],
        config: {
          ...shared,
          federation: true,
          customResolverFn: fieldResolver,
          makeResolverTypeCallable: true,
          contextType: `${runtime}.ResolverContext`,
        },
      },
    ]),
);

const config: CodegenConfig = {
  generates: {
    ...resolvers,
    "client/sample/generated/api.graphql": { schema: `${printed}/api.graphql`, plugins: ["schema-ast"] },
    "client/sample/generated/documents.ts": {
      schema: `${printed}/api.graphql`,
      documents: "client/sample/*.graphql",
      plugins: ["typescript-operations", "typed-document-node"],
      config: shared,
    },
  },
};

export default config;
