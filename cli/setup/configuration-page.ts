/** Renders `docs/09-configuration.md` from the schema of `onefold.yaml`; `npm run codegen` writes it and a test compares. */
import { z } from "zod";
import { configSchema } from "../config/config-schema.ts";
import { ANY_NAME, settings, type Setting } from "../config/list-settings.ts";

const opening = `# Configuration

<!-- Generated from cli/config/config-schema.ts by \`npm run codegen\`. Change the schema, not this page. -->

All settings of \`onefold.yaml\`, each with the variable that overrides it. How the file is found, how layers go over each other
and how secrets are given stands in [operations](07-operations.md#configuration).

In variables, lists have commas: \`ONEFOLD_KAFKA_BROKERS=a:9092,b:9092\`. A setting that is marked _secret_ takes a text,
\`{ env: NAME }\` or \`{ file: PATH }\`; \`_FILE\` behind its variable names a file, too. Paths in the file start from the file's
folder, others from the working directory.
`;

/** One section a top-level key, in the order of the schema. */
export function renderConfigurationPage(): string {
  const top = settings.filter(({ path }) => path.length === 1);
  const names = [...new Set(settings.filter(({ path }) => path.length > 1).map(({ path }) => path[0] ?? ""))];
  const sections = names.map((name) => {
    const inside = settings.filter(({ path }) => path.length > 1 && path[0] === name);
    return `## ${name}\n\n${describeSection(name)}\n\n${inside.map(describe).join("\n")}\n`;
  });
  return [opening, `## Top level\n\n${top.map(describe).join("\n")}\n`, ...sections].join("\n");
}

function describeSection(name: string): string {
  const schema = Object.entries(configSchema.shape).find(([key]) => key === name)?.[1];
  return (schema === undefined ? undefined : z.globalRegistry.get(schema)?.description) ?? "";
}

function describe({ path, kind, description, otherwise, variable, shortVariable }: Setting): string {
  const variables = [variable, shortVariable].filter((name) => name !== null).map((name) => `\`${name}\``);
  const by = variables.length === 0 ? "" : ` (${variables.join(" or ")})`;
  const secret = kind === "secret" ? " _secret_" : "";
  const value = otherwise === undefined ? "" : ` Default: \`${JSON.stringify(otherwise)}\`.`;
  return `- \`${path.map(nameOf).join(".")}\`${by}${secret}: ${description}${value}`;
}

/** Subgraphs are named by domain, and what is named below them are headers. */
function nameOf(name: string, at: number): string {
  if (name !== ANY_NAME) return name;
  return at === 1 ? "<domain>" : "<header>";
}
