/** Puts the texts of secrets in the place of `{ env: NAME }` and `{ file: PATH }`. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { ConfigMistake, Origin } from "./config-mistake.ts";
import { settings } from "./list-settings.ts";
import { namedPaths } from "./named-paths.ts";
import type { Environment } from "./override-settings.ts";
import { isSection, valueAt, withValue, type Path } from "./value-tree.ts";

export interface SecretSources {
  readonly env: Environment;
  /** The folder that a relative path of this origin starts from. */
  readonly folderOf: (origin: Origin) => string;
  readonly originOf: (path: Path) => Origin;
}

export interface ResolvedSecrets {
  readonly tree: unknown;
  /** By path: `variable NAME` or `file PATH`. */
  readonly sources: ReadonlyMap<string, string>;
  readonly mistakes: readonly ConfigMistake[];
}

/** A mistake names the variable or the file, never what it holds. What is of neither form is left to the check. */
export function resolveSecrets(tree: unknown, from: SecretSources): ResolvedSecrets {
  const sources = new Map<string, string>();
  const mistakes: ConfigMistake[] = [];
  let resolved = tree;
  const secrets = settings.filter(({ kind }) => kind === "secret");
  for (const path of secrets.flatMap((setting) => namedPaths(setting.path, tree))) {
    const value = valueAt(tree, path);
    if (!isSection(value) || Object.keys(value).length !== 1) continue;
    const origin = from.originOf(path);
    const found = readSecret(value, from, origin);
    if (found === null) continue;
    sources.set(path.join("."), found.source);
    if (found.text === null) mistakes.push({ origin, path: path.join("."), ...complain(path, found) });
    // A text stands there in any case, so that one mistake is not told twice.
    resolved = withValue(resolved, path, found.text ?? "missing");
  }
  return { tree: resolved, sources, mistakes };
}

interface FoundSecret {
  readonly source: string;
  /** Null: it is not there, or empty. */
  readonly text: string | null;
}

function readSecret(
  { env: name, file }: Readonly<Record<string, unknown>>,
  { env, folderOf }: SecretSources,
  origin: Origin,
): FoundSecret | null {
  if (typeof name === "string" && name !== "") {
    const text = env[name] ?? "";
    return { source: `variable ${name}`, text: text === "" ? null : text };
  }
  if (typeof file !== "string" || file === "") return null;
  const path = resolve(folderOf(origin), file);
  return { source: `file ${path}`, text: readFirst(path) };
}

function readFirst(path: string): string | null {
  try {
    const text = readFileSync(path, "utf8").replace(/\r?\n$/, "");
    return text === "" ? null : text;
  } catch {
    return null;
  }
}

function complain(path: Path, { source }: FoundSecret): { readonly reason: string; readonly remedy: string } {
  const reason = `${path.join(".")} is to be read from the ${source}, which is absent, empty or not readable.`;
  return { reason, remedy: "Put the secret there." };
}
