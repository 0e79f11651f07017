/**
 * Puts the layers of settings over each other and checks the result:
 *
 *     flags ─> environment ─> onefold.yaml ─> defaults ──> checked settings, or every mistake
 */
import { checkCombinations } from "./check-combinations.ts";
import { checkSettings, type LayeredValues } from "./check-settings.ts";
import type { Settings } from "./config-schema.ts";
import { refuse, type Origin } from "./config-mistake.ts";
import { findConfigFile, type FoundConfigFile } from "./find-config-file.ts";
import { flagOverrides, type ServeFlags } from "./flags.ts";
import { overridesFromEnvironment, type Environment, type Override } from "./override-settings.ts";
import { resolveSecrets } from "./resolve-secrets.ts";
import { isSection, valueAt, withValue, type Path } from "./value-tree.ts";

/** Where settings come from besides flags; a test hands over its own. */
export interface Surroundings {
  readonly env: Environment;
  readonly cwd: string;
}

export interface LoadedSettings {
  readonly settings: Settings;
  /** As messages name it; null: there is none. */
  readonly file: string | null;
  /** "default" for what stands nowhere. */
  readonly originOf: (path: Path) => Origin;
  /** The folder that a relative path of this setting starts from. */
  readonly folderOf: (path: Path) => string;
  /** By path: `variable NAME` or `file PATH`, where a secret is read from there. */
  readonly secretSources: ReadonlyMap<string, string>;
}

export interface LoadOptions {
  /** False: secrets are left as they stand, for commands that reach no server. @default true */
  readonly secrets?: boolean;
}

/** @throws UsageError, ConfigInvalid */
export function loadSettings(flags: ServeFlags, around: Surroundings, options: LoadOptions = {}): LoadedSettings {
  const file = findConfigFile(flags.config, around.env, around.cwd);
  if (file !== null && file.mistakes.length > 0) refuse(file.mistakes);
  const overrides = [...overridesFromEnvironment(around.env, file?.tree), ...flagOverrides(flags)];
  const layers = layer(file, overrides);
  const folderOf = (origin: Origin): string => (origin.kind === "file" && file !== null ? file.folder : around.cwd);
  const { originOf } = layers;
  const secrets =
    options.secrets === false
      ? { tree: layers.tree, sources: new Map<string, string>(), mistakes: [] }
      : resolveSecrets(layers.tree, { env: around.env, folderOf, originOf });
  const checked = checkSettings({ ...layers, tree: secrets.tree });
  const wrong = checked.kind === "wrong" ? checked.mistakes : [];
  const mistakes = [...wrong, ...secrets.mistakes, ...checkCombinations(layers)];
  if (checked.kind === "wrong" || mistakes.length > 0) refuse(mistakes);
  const cameFrom = (path: Path): Origin =>
    valueAt(layers.tree, path) === undefined ? { kind: "default" } : originOf(path);
  return {
    settings: checked.settings,
    file: file?.name ?? null,
    originOf: cameFrom,
    folderOf: (path) => folderOf(cameFrom(path)),
    secretSources: secrets.sources,
  };
}

/** Later overrides go over earlier ones. */
function layer(file: FoundConfigFile | null, overrides: readonly Override[]): LayeredValues {
  let tree: unknown = file?.tree ?? {};
  for (const { path, value } of overrides) {
    // A section that says how is not undone by a switch that says that.
    if (value !== true || !isSection(valueAt(tree, path))) tree = withValue(tree, path, value);
  }
  const overriding = (path: readonly PropertyKey[]): Override | undefined =>
    overrides.findLast((override) => override.path.every((name, i) => path[i] === name));
  return {
    tree,
    originOf: (path, part) => overriding(path)?.origin ?? file?.placeOf(path, part) ?? { kind: "default" },
    givenAt(path) {
      const override = overriding(path);
      return override === undefined ? valueAt(tree, path) : valueAt(override.given, path.slice(override.path.length));
    },
  };
}
