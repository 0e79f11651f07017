/** The settings of a command: flags override the environment, which overrides the defaults. Only here is the environment read. */
import { readdirSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { UsageError } from "./exit-codes.ts";

export interface Config {
  /** Absolute. */
  readonly dataDir: string;
  /** The folder of the declarations, as messages name it: relative where it lies below the working directory. */
  readonly domains: string;
  /** Whether that folder is the one that comes with Onefold. */
  readonly ownDomains: boolean;
}

export interface ServeConfig extends Config {
  readonly host: string;
  readonly port: number;
  /** Null: any origin on this machine. */
  readonly corsOrigins: readonly string[] | null;
  /** Events a second of live sample traffic; null: none. */
  readonly rate: number | null;
  readonly logLevel: LogLevel;
}

const logLevels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

/** Flags as the command line gives them: texts, or absent. */
export interface Flags {
  readonly dataDir?: string;
  readonly domains?: string;
}

export interface ServeFlags extends Flags {
  readonly host?: string;
  readonly port?: string;
  readonly corsOrigin?: readonly string[];
  readonly rate?: string;
  readonly generate?: boolean;
  readonly logLevel?: string;
}

/** Where settings come from besides flags; a test hands over its own. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

export function surroundings(): Surroundings {
  return { env: process.env, cwd: process.cwd() };
}

/** @throws UsageError naming the flag or variable and what it takes */
export function readConfig(flags: Flags, { env, cwd }: Surroundings = surroundings()): Config {
  const dataDir = take("--data-dir", flags.dataDir, env, "ONEFOLD_DATA_DIR");
  const path = parse(nonEmpty("a path"), dataDir ?? { name: "the default", text: ".onefold" });
  return { dataDir: resolve(cwd, path), ...findDomains(flags, env, cwd) };
}

/** @throws UsageError */
export function readServeConfig(flags: ServeFlags, around: Surroundings = surroundings()): ServeConfig {
  const { env } = around;
  const value = <T>(schema: z.ZodType<T>, given: Given | null, otherwise: T): T =>
    given === null ? otherwise : parse(schema, given);
  return {
    ...readConfig(flags, around),
    host: value(nonEmpty("a host name or address"), take("--host", flags.host, env, "HOST"), "127.0.0.1"),
    port: value(portNumber, take("--port", flags.port, env, "PORT"), 4000),
    corsOrigins: corsOrigins(flags, env),
    rate: flags.generate === false ? null : value(rate, take("--rate", flags.rate, env, "ONEFOLD_RATE"), 40),
    logLevel: value(logLevel, take("--log-level", flags.logLevel, env, "ONEFOLD_LOG_LEVEL"), "info"),
  };
}

/** Whether only this machine can reach a server that listens there. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\./.test(host);
}

/** Reads a whole number of a flag. @throws UsageError */
export function readCount(name: string, text: string, atLeast = 1): number {
  const value = Number(text);
  if (/^\d{1,15}$/.test(text) && value >= atLeast) return value;
  return fail(name, text, `a whole number from ${atLeast}`);
}

/** Reads a positive number of a flag. @throws UsageError */
export function readRate(name: string, text: string): number {
  return parse(rate, { name, text });
}

interface Given {
  /** The flag or variable, for messages. */
  readonly name: string;
  readonly text: string;
}

function take(flag: string, value: string | undefined, env: Surroundings["env"], variable: string): Given | null {
  if (value !== undefined) return { name: flag, text: value };
  const text = env[variable];
  return text === undefined || text === "" ? null : { name: variable, text };
}

function parse<T>(schema: z.ZodType<T>, { name, text }: Given): T {
  const result = schema.safeParse(text.trim());
  return result.success ? result.data : fail(name, text, result.error.issues[0]?.message ?? "another value");
}

function fail(name: string, text: string, wanted: string): never {
  throw new UsageError(`${name} takes ${wanted}, not ${JSON.stringify(text)}.`);
}

const nonEmpty = (wanted: string): z.ZodType<string> => z.string().min(1, wanted);

const portWanted = "a port from 0 to 65535 (0: any free one)";
const portNumber = z
  .string()
  .regex(/^\d{1,5}$/, portWanted)
  .transform(Number)
  .refine((port) => port <= 65535, portWanted);

const rateWanted = "a number of events a second, above 0 and up to 1000000";
const rate = z
  .string()
  .regex(/^\d+(\.\d+)?$/, rateWanted)
  .transform(Number)
  .refine((value) => value > 0 && value <= 1_000_000, rateWanted);

const logLevel = z.enum(logLevels, `one of ${logLevels.join(", ")}`);

function corsOrigins(flags: ServeFlags, env: Surroundings["env"]): readonly string[] | null {
  const fromEnv = take("", undefined, env, "ONEFOLD_CORS_ORIGINS");
  const given =
    flags.corsOrigin !== undefined && flags.corsOrigin.length > 0
      ? flags.corsOrigin.map((text) => ({ name: "--cors-origin", text }))
      : (fromEnv?.text.split(",").map((text) => ({ name: "ONEFOLD_CORS_ORIGINS", text: text.trim() })) ?? []);
  return given.length === 0 ? null : given.map((origin) => parse(corsOrigin, origin));
}

const corsOrigin = z.string().refine(isOrigin, "an origin such as https://app.example.com, or * for all");

function isOrigin(text: string): boolean {
  if (text === "*") return true;
  return URL.canParse(text) && new URL(text).origin === text;
}

/** Beside this file when it is built, and in the sources that it was built from. */
const ownFolders = [join(import.meta.dirname, "..", "schema"), join(import.meta.dirname, "..", "..", "schema")];

/** `schema/` of the working directory if it holds declarations, else what comes with Onefold. */
function findDomains(
  flags: Flags,
  env: Surroundings["env"],
  cwd: string,
): { readonly domains: string; readonly ownDomains: boolean } {
  const given = take("--domains", flags.domains, env, "ONEFOLD_DOMAINS");
  if (given !== null) {
    const folder = parse(nonEmpty("a folder"), given);
    return { domains: shortest(resolve(cwd, folder), cwd), ownDomains: isOwn(resolve(cwd, folder)) };
  }
  const here = resolve(cwd, "schema");
  if (holdsDeclarations(here)) return { domains: shortest(here, cwd), ownDomains: isOwn(here) };
  const own = ownFolders.find(holdsDeclarations) ?? here;
  return { domains: own, ownDomains: true };
}

function shortest(path: string, cwd: string): string {
  return path.startsWith(`${cwd}/`) && cwd === process.cwd() ? path.slice(cwd.length + 1) : path;
}

function isOwn(folder: string): boolean {
  const path = realPath(folder);
  return path !== null && ownFolders.some((own) => realPath(own) === path);
}

function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

function holdsDeclarations(folder: string): boolean {
  try {
    return readdirSync(folder).some((name) => name.endsWith(".graphql"));
  } catch {
    return false;
  }
}
