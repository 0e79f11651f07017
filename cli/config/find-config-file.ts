/** Finds and reads `onefold.yaml`. */
import { readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { systemErrorCode } from "../data-dir/system-error-code.ts";
import { UsageError } from "../exit-codes.ts";
import type { Environment } from "./override-settings.ts";
import { parseConfigFile, type ParsedConfigFile } from "./parse-config-file.ts";

export const CONFIG_FILE = "onefold.yaml";
export const CONFIG_VARIABLE = "ONEFOLD_CONFIG";

export interface FoundConfigFile extends ParsedConfigFile {
  /** Absolute; what is relative in the file starts from here. */
  readonly folder: string;
  /** As messages name it: relative where it lies below the working directory. */
  readonly name: string;
}

/** Null where none is named and the working directory has none. @throws UsageError: one is named, and cannot be read */
export function findConfigFile(flag: string | undefined, env: Environment, cwd: string): FoundConfigFile | null {
  const variable = env[CONFIG_VARIABLE];
  const given = flag ?? (variable === "" ? undefined : variable);
  const path = resolve(cwd, given ?? CONFIG_FILE);
  const text = readText(path);
  if (text.kind === "text") {
    const name = nameOf(path, cwd);
    return { ...parseConfigFile(text.text, name), folder: dirname(path), name };
  }
  if (given === undefined && text.code === "ENOENT") return null;
  const source = flag === undefined ? (given === undefined ? "" : `${CONFIG_VARIABLE}: `) : "--config: ";
  throw new UsageError(`${source}the file ${JSON.stringify(given ?? CONFIG_FILE)} cannot be read (${text.code}).`);
}

type ReadText = { readonly kind: "text"; readonly text: string } | { readonly kind: "failed"; readonly code: string };

function readText(path: string): ReadText {
  try {
    return { kind: "text", text: readFileSync(path, "utf8") };
  } catch (error) {
    return { kind: "failed", code: systemErrorCode(error) ?? "unknown" };
  }
}

function nameOf(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short.startsWith("..") || short === "" ? path : short;
}
