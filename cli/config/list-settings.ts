/** Every setting by its path, with its variable, kind, default and meaning: read off the schema of `onefold.yaml`. */
import { z } from "zod";
import { configSchema } from "./config-schema.ts";
import { isSecret } from "./setting-kinds.ts";

/** How a variable's text becomes a value. `nested`: a list of lists, which only the file can hold. */
export type SettingKind = "text" | "number" | "boolean" | "list" | "nested" | "secret";

export interface Setting {
  /** `<name>` stands for any name: `["subgraphs", "<name>", "url"]`. */
  readonly path: readonly string[];
  readonly kind: SettingKind;
  readonly description: string;
  /** Undefined: none, or one that depends on others. */
  readonly otherwise: unknown;
  /** The variable that overrides it; null: none, only the file can hold it. */
  readonly variable: string | null;
  /** A shorter variable that means the same; `variable` goes before it. */
  readonly shortVariable: string | null;
}

/** Names that are shorter than the rule would make them. */
const shortVariables: Readonly<Record<string, string>> = {
  "http.port": "PORT",
  "http.host": "HOST",
  "http.corsOrigins": "ONEFOLD_CORS_ORIGINS",
  "generate.rate": "ONEFOLD_RATE",
};

export const ANY_NAME = "<name>";

/** `kafka.requestTimeoutMs` is overridden by `ONEFOLD_KAFKA_REQUEST_TIMEOUT_MS`. */
export function variableOf(path: readonly string[]): string {
  const words = path.map((name) => (name === ANY_NAME ? "<NAME>" : name.replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")));
  return `ONEFOLD_${words.join("_").toUpperCase().replaceAll("-", "_")}`;
}

interface Found {
  readonly path: readonly string[];
  readonly description: string;
  readonly otherwise: unknown;
}

/** In the order of the schema; a section's own switch (`kafka.ssl: true`) before what is in it. */
export const settings: readonly Setting[] = collect(configSchema, { path: [], description: "", otherwise: undefined });

function collect(wrapped: z.core.$ZodType, around: Found): readonly Setting[] {
  const { schema, found } = unwrap(wrapped, around);
  const { def } = (schema as z.core.$ZodTypes)._zod;
  const inner = (name: string, type: z.core.$ZodType): readonly Setting[] =>
    collect(type, { path: [...found.path, name], description: "", otherwise: undefined });
  switch (def.type) {
    case "object":
      return Object.entries(def.shape).flatMap(([name, type]) => inner(name, type));
    case "record":
      return inner(ANY_NAME, def.valueType);
    case "union":
      return isSecret(schema) ? [setting(found, "secret")] : def.options.flatMap((option) => collect(option, found));
    case "array":
      return [setting(found, def.element._zod.def.type === "array" ? "nested" : "list")];
    case "number":
    case "boolean":
      return [setting(found, def.type)];
    default:
      return [setting(found, "text")];
  }
}

/** What a schema is without its wrappers, and the description and default that these add. */
function unwrap(wrapped: z.core.$ZodType, around: Found): { readonly schema: z.core.$ZodType; readonly found: Found } {
  const said = z.globalRegistry.get(wrapped)?.description ?? "";
  const found = { ...around, description: around.description === "" ? said : around.description };
  const { def } = (wrapped as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case "optional":
    case "prefault":
      return unwrap(def.innerType, found);
    case "default":
      return unwrap(def.innerType, { ...found, otherwise: def.defaultValue });
    default:
      return { schema: wrapped, found };
  }
}

function setting(found: Found, kind: SettingKind): Setting {
  const names = found.path.filter((name) => name === ANY_NAME).length;
  // A variable's name could not be told apart into two.
  const variable = kind === "nested" || names > 1 ? null : variableOf(found.path);
  return { ...found, kind, variable, shortVariable: shortVariables[found.path.join(".")] ?? null };
}
