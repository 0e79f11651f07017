/** Mistakes in settings, each with its place, and the one error that tells them all. */
import { OnefoldError } from "../../schema/errors.ts";
import { UsageError } from "../exit-codes.ts";

/** Where a value came from. */
export type Origin =
  | { readonly kind: "default" }
  /** `line` and `column` count from 1. */
  | { readonly kind: "file"; readonly file: string; readonly line: number; readonly column: number }
  | { readonly kind: "environment"; readonly name: string }
  | { readonly kind: "flag"; readonly name: string };

export interface ConfigMistake {
  /** "default": of no place, something is missing. */
  readonly origin: Origin;
  /** `kafka.brokers.0`; empty: the file as a whole. */
  readonly path: string;
  /** What is wrong. */
  readonly reason: string;
  /** What would be right. */
  readonly remedy: string;
}

/** A mistake as `--json` shows it. */
type ToldMistake = Omit<ConfigMistake, "origin"> & Record<string, unknown>;

/** Every mistake stands in the message with its place. No message has a secret in it. */
export class ConfigInvalid extends OnefoldError {
  readonly diagnostics: readonly ToldMistake[];

  constructor(mistakes: readonly ConfigMistake[]) {
    const count = mistakes.length === 1 ? "1 mistake" : `${mistakes.length} mistakes`;
    super("CONFIG_INVALID", [...mistakes.map(formatMistake), `${count} in the settings.`].join("\n"));
    this.diagnostics = mistakes.map(({ origin, path, reason, remedy }) => ({ ...told(origin), path, reason, remedy }));
  }
}

/** @throws UsageError for a single wrong flag or variable, as for any wrong flag; else ConfigInvalid */
export function refuse(mistakes: readonly ConfigMistake[]): never {
  const [first] = mistakes;
  const single = mistakes.length === 1 && first !== undefined;
  if (single && (first.origin.kind === "flag" || first.origin.kind === "environment")) {
    throw new UsageError(formatMistake(first));
  }
  throw new ConfigInvalid(mistakes.toSorted((a, b) => lineOf(a) - lineOf(b) || columnOf(a) - columnOf(b)));
}

/** What is of no file comes first. */
function lineOf({ origin }: ConfigMistake): number {
  return origin.kind === "file" ? origin.line : 0;
}

function columnOf({ origin }: ConfigMistake): number {
  return origin.kind === "file" ? origin.column : 0;
}

/** `onefold.yaml:3:9`, `ONEFOLD_KAFKA_BROKERS`, `--port`, `default` */
export function formatOrigin(origin: Origin): string {
  switch (origin.kind) {
    case "default":
      return "default";
    case "file":
      return `${origin.file}:${origin.line}:${origin.column}`;
    case "environment":
    case "flag":
      return origin.name;
  }
}

function formatMistake({ origin, reason, remedy }: ConfigMistake): string {
  const place = origin.kind === "file" ? `${formatOrigin(origin)}: ` : "";
  return `${place}${reason} ${remedy}`.trimEnd();
}

function told(origin: Origin): object {
  switch (origin.kind) {
    case "default":
      return {};
    case "file":
      return { file: origin.file, line: origin.line, column: origin.column };
    case "environment":
      return { variable: origin.name };
    case "flag":
      return { flag: origin.name };
  }
}
