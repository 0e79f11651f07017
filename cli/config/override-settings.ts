/** What the environment and the flags say, as values by path. */
import type { Origin } from "./config-mistake.ts";
import { ANY_NAME, settings, variableOf, type Setting, type SettingKind } from "./list-settings.ts";
import { isSection, valueAt, type Path } from "./value-tree.ts";

export interface Override {
  readonly path: Path;
  /** Of the setting's kind if the text is of its form; else the text, which the check then refuses. */
  readonly value: unknown;
  /** What was given; texts for messages. */
  readonly given: unknown;
  readonly origin: Origin;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** An empty variable counts as absent. A secret can also be named by a file: `ONEFOLD_REDIS_PASSWORD_FILE`. */
export function overridesFromEnvironment(env: Environment, tree: unknown): readonly Override[] {
  return settings.flatMap((setting) =>
    setting.path.includes(ANY_NAME) ? namedOverrides(setting, env, tree) : overridesOf(setting, setting.path, env),
  );
}

function overridesOf(setting: Setting, path: Path, env: Environment): readonly Override[] {
  if (setting.variable === null) return [];
  const { kind, shortVariable } = setting;
  const variable = variableOf(path);
  const file = kind === "secret" ? env[`${variable}_FILE`] : undefined;
  const name = [variable, shortVariable].find((each) => each !== null && (env[each] ?? "") !== "");
  const text = name == null ? undefined : env[name];
  if (name != null && text !== undefined) {
    return [{ path, ...readText(kind, text), origin: { kind: "environment", name } }];
  }
  if (file === undefined || file === "") return [];
  return [{ path, value: { file }, given: file, origin: { kind: "environment", name: `${variable}_FILE` } }];
}

/** `ONEFOLD_SUBGRAPHS_CONSUMER_URL` is of the entry `consumer`. A name of the file is taken as the file writes it. */
function namedOverrides(setting: Setting, env: Environment, tree: unknown): readonly Override[] {
  const at = setting.path.indexOf(ANY_NAME);
  const [before, after] = [setting.path.slice(0, at), setting.path.slice(at + 1)];
  const pattern = namedPattern(before, after);
  const longer = longerPatterns(before, after);
  const inFile = valueAt(tree, before);
  const names = new Set(isSection(inFile) ? Object.keys(inFile) : []);
  const known = new Set([...names].map((name) => variableOf([...before, name])));
  for (const variable of Object.keys(env)) {
    const word = pattern.exec(variable)?.[1];
    if (longer.some((other) => other.test(variable))) continue;
    if (word !== undefined && !known.has(`${variableOf(before)}_${word}`)) {
      names.add(word.toLowerCase().replaceAll("_", "-"));
    }
  }
  return [...names].flatMap((name) => overridesOf(setting, [...before, name, ...after], env));
}

/** Matches the variable of an entry's setting; its group is the entry's name. */
function namedPattern(before: Path, after: Path): RegExp {
  return new RegExp(`^${variableOf(before)}_([A-Z][A-Z0-9_]*)_${suffixOf(after)}$`);
}

/** `…_SHOP_MUTATION_TIMEOUT_MS` is `mutationTimeoutMs` of `shop`, and not `timeoutMs` of `shop-mutation`. */
function longerPatterns(before: Path, after: Path): readonly RegExp[] {
  const others = settings
    .filter(({ path }) => path.indexOf(ANY_NAME) === before.length && before.every((name, i) => path[i] === name))
    .map(({ path }) => path.slice(before.length + 1));
  return others
    .filter((other) => suffixOf(other).endsWith(`_${suffixOf(after)}`))
    .map((other) => namedPattern(before, other));
}

function suffixOf(path: Path): string {
  return variableOf(path).replace("ONEFOLD_", "");
}

/** `text` of a flag that may be repeated is a list. */
export function overrideByFlag(name: string, path: Path, text: string | readonly string[]): Override {
  const kind = settings.find((setting) => setting.path.join(".") === path.join("."))?.kind ?? "text";
  const joined = typeof text === "string" ? text : text.join(",");
  return { path, ...readText(kind, joined), origin: { kind: "flag", name } };
}

function readText(kind: SettingKind, text: string): { readonly value: unknown; readonly given: unknown } {
  if (kind === "secret") return { value: text, given: "" };
  const given = text.trim();
  switch (kind) {
    case "number":
      return { value: /^-?\d+(\.\d+)?$/.test(given) ? Number(given) : given, given };
    case "boolean":
      return { value: given === "true" || (given === "false" ? false : given), given };
    case "list": {
      const items = given.split(",").map((item) => item.trim());
      return { value: items, given: items };
    }
    case "text":
    case "nested":
      return { value: given, given };
  }
}
