/** The settings of a command: flags override the environment, which overrides `onefold.yaml`, which overrides the defaults. Only here is the environment read. */
import { rateSetting } from "./config/config-schema.ts";
import type { Flags, ServeFlags } from "./config/flags.ts";
import { loadSettings, type LoadedSettings, type Surroundings } from "./config/load-settings.ts";
import { portWanted } from "./config/setting-kinds.ts";
import {
  createConfig,
  createGatewayConfig,
  createStartConfig,
  type Config,
  type GatewayConfig,
  type StartConfig,
} from "./config/start-config.ts";
import { UsageError } from "./exit-codes.ts";

export type { LogLevel, Profile, Role } from "./config/config-schema.ts";
export type { Flags, ServeFlags } from "./config/flags.ts";
export type { LoadedSettings, Surroundings } from "./config/load-settings.ts";
export type {
  Config,
  DistributedConfig,
  EmbeddedConfig,
  GatewayConfig,
  IngestConfig,
  ServeConfig,
  StartConfig,
  TelemetryConfig,
} from "./config/start-config.ts";
export type { RemoteSubgraph } from "./config/subgraph-options.ts";

export function surroundings(): Surroundings {
  return { env: process.env, cwd: process.cwd() };
}

/** For commands that reach no server: secrets are not looked up. @throws UsageError, ConfigInvalid: every mistake with its place */
export function readConfig(flags: Flags, around: Surroundings = surroundings()): Config {
  return createConfig(loadSettings(flags, around, { secrets: false }), around.cwd);
}

/** @throws UsageError, ConfigInvalid */
export function readStartConfig(flags: ServeFlags, around: Surroundings = surroundings()): StartConfig {
  return createStartConfig(loadSettings(flags, around), around.cwd);
}

/** @throws UsageError, ConfigInvalid */
export function readGatewayConfig(flags: ServeFlags, around: Surroundings = surroundings()): GatewayConfig {
  return createGatewayConfig(loadSettings(flags, around));
}

/** All settings, with the place that each came from. @throws UsageError, ConfigInvalid */
export function readSettings(flags: Flags, around: Surroundings = surroundings()): LoadedSettings {
  return loadSettings(flags, around);
}

/** Whether only this machine can reach a server that listens there. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\./.test(host);
}

/** Reads a whole number of a flag. @throws UsageError */
export function readCount(name: string, text: string, atLeast = 1): number {
  const value = Number(text);
  if (/^\d{1,15}$/.test(text) && value >= atLeast) return value;
  throw new UsageError(`${name} takes a whole number from ${atLeast}, not ${JSON.stringify(text)}.`);
}

/** Reads a port of a flag. @throws UsageError */
export function readPort(name: string, text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65535) return Number(text);
  throw new UsageError(`${name} takes ${portWanted}, not ${JSON.stringify(text)}.`);
}

/** Reads a positive number of a flag. @throws UsageError */
export function readRate(name: string, text: string): number {
  const result = rateSetting.safeParse(/^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : Number.NaN);
  if (result.success) return result.data;
  throw new UsageError(`${name} takes ${result.error.issues[0]?.message ?? "a number"}, not ${JSON.stringify(text)}.`);
}
