/** Checks layered values against the schema: every wrong value, with what it should be. */
import type { z } from "zod";
import { suggest } from "../../schema/expression/suggest.ts";
import { configSchema, type Settings } from "./config-schema.ts";
import type { ConfigMistake, Origin } from "./config-mistake.ts";
import { ANY_NAME, settings } from "./list-settings.ts";
import { valueAt } from "./value-tree.ts";

/** Values of all layers, put over each other. */
export interface LayeredValues {
  readonly tree: unknown;
  /** Where a value, or a key, came from. */
  readonly originOf: (path: readonly PropertyKey[], part?: "key" | "value") => Origin;
  /** What a person wrote there. */
  readonly givenAt: (path: readonly PropertyKey[]) => unknown;
}

export type Checked =
  | { readonly kind: "right"; readonly settings: Settings }
  | { readonly kind: "wrong"; readonly mistakes: readonly ConfigMistake[] };

export function checkSettings(values: LayeredValues): Checked {
  const result = configSchema.safeParse(values.tree);
  if (result.success) return { kind: "right", settings: result.data };
  return { kind: "wrong", mistakes: result.error.issues.flatMap((issue) => describe(issue, [], values)) };
}

type Issue = z.core.$ZodIssue;

function describe(issue: Issue, before: readonly PropertyKey[], values: LayeredValues): readonly ConfigMistake[] {
  const path = [...before, ...issue.path];
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey([...path, key], values));
    case "invalid_union": {
      // The branch that is of the value's type is the one that was meant, if there is only one.
      const meant = issue.errors.filter((errors) => !errors.some(isOfAnotherType));
      const [only] = meant;
      if (meant.length === 1 && only !== undefined) return only.flatMap((error) => describe(error, path, values));
      return [wrongValue(path, issue.message, values)];
    }
    case "invalid_key":
      return [wrongKey(path, issue.issues[0]?.message ?? issue.message, values)];
    default:
      return [wrongValue(path, issue.message, values)];
  }
}

function isOfAnotherType({ code, path }: Issue): boolean {
  return code === "invalid_type" && path.length === 0;
}

function unknownKey(path: readonly PropertyKey[], values: LayeredValues): ConfigMistake {
  const [section, key] = [path.slice(0, -1), String(path.at(-1))];
  const known = namesIn(section);
  const near = suggest(key, known);
  return {
    origin: values.originOf(path, "key"),
    path: path.join("."),
    reason: `${section.length === 0 ? "There is" : `${section.join(".")} has`} no setting ${JSON.stringify(key)}.`,
    remedy: near === "" && known.length > 0 ? `It can be ${known.join(", ")}.` : near,
  };
}

/** The settings that a section has. */
function namesIn(section: readonly PropertyKey[]): readonly string[] {
  const isBelow = (path: readonly string[]): boolean =>
    section.every((name, i) => path[i] === name || path[i]?.startsWith("<") === true);
  const names = settings.filter(({ path }) => path.length > section.length && isBelow(path));
  return [...new Set(names.map(({ path }) => path[section.length] ?? ""))];
}

function wrongKey(path: readonly PropertyKey[], wanted: string, values: LayeredValues): ConfigMistake {
  const remedy = `It takes ${wanted}.`;
  const reason = `${JSON.stringify(path.at(-1))} cannot stand in ${path.slice(0, -1).join(".")}.`;
  return { origin: values.originOf(path, "key"), path: path.join("."), reason, remedy };
}

function wrongValue(path: readonly PropertyKey[], wanted: string, values: LayeredValues): ConfigMistake {
  const origin = values.originOf(path);
  const name = path.join(".");
  if (valueAt(values.tree, path) === undefined) {
    return { origin, path: name, reason: `${name} is missing.`, remedy: `It takes ${wanted}.` };
  }
  const found = isSecretPath(path) ? "what is given (not shown)" : show(values.givenAt(path));
  if (origin.kind === "flag" || origin.kind === "environment") {
    return { origin, path: name, reason: `${origin.name} takes ${wanted}, not ${found}.`, remedy: "" };
  }
  const subject = name === "" ? "The file" : name;
  return { origin, path: name, reason: `${subject} cannot be ${found}.`, remedy: `It takes ${wanted}.` };
}

/** Without what may be a password in a URL. */
function show(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[^\s"/]*@/g, "***@");
}

/** Also of what stands in or around a secret. */
function isSecretPath(path: readonly PropertyKey[]): boolean {
  return settings.some(
    (setting) =>
      setting.kind === "secret" &&
      [...path.keys()].every(
        (i) => i >= setting.path.length || setting.path[i] === path[i] || setting.path[i] === ANY_NAME,
      ),
  );
}
