/** The settings in force, each with the place that it came from; secrets are masked. */
import { suggest } from "../../schema/expression/suggest.ts";
import { formatOrigin } from "./config-mistake.ts";
import { CONFIG_VARIABLE } from "./find-config-file.ts";
import { settings } from "./list-settings.ts";
import type { LoadedSettings } from "./load-settings.ts";
import { namedPaths } from "./named-paths.ts";
import type { Environment } from "./override-settings.ts";
import { createConfig } from "./start-config.ts";
import { valueAt } from "./value-tree.ts";

export interface SettingInForce {
  /** `kafka.brokers` */
  readonly path: string;
  readonly value: unknown;
  /** `default`, `onefold.yaml:3:9`, `ONEFOLD_KAFKA_BROKERS`; of a secret, also what it was read from. */
  readonly from: string;
}

const MASK = "***";

/** What is set or has a default, in the order of the schema. */
export function describeSettings(loaded: LoadedSettings, cwd: string): readonly SettingInForce[] {
  const { dataDir, domains } = createConfig(loaded, cwd);
  const values = { ...loaded.settings, dataDir, domains };
  return settings.flatMap(({ path, kind }) =>
    namedPaths(path, values).flatMap((named): readonly SettingInForce[] => {
      const value = valueAt(values, named);
      // A switch is no switch where a section stands.
      if (value === undefined || (kind === "boolean" && typeof value !== "boolean")) return [];
      const name = named.join(".");
      const source = loaded.secretSources.get(name);
      const from = [formatOrigin(loaded.originOf(named)), ...(source === undefined ? [] : [source])].join(", ");
      return [{ path: name, value: kind === "secret" ? MASK : value, from }];
    }),
  );
}

/** Variables that look like settings and are none, with what they may have been meant for. */
export function findUnknownVariables(env: Environment): readonly string[] {
  const known = settings.flatMap(({ variable, shortVariable, kind }) => [
    ...(variable === null ? [] : [variable]),
    ...(shortVariable === null ? [] : [shortVariable]),
    ...(variable !== null && kind === "secret" ? [`${variable}_FILE`] : []),
  ]);
  const plain = [...known.filter((name) => !name.includes("<")), CONFIG_VARIABLE];
  const named = known
    .filter((name) => name.includes("<"))
    .map((name) => new RegExp(`^${name.replace("<NAME>", "\\w+")}$`));
  return Object.keys(env)
    .filter((name) => name.startsWith("ONEFOLD_") && (env[name] ?? "") !== "")
    .filter((name) => !plain.includes(name) && !named.some((pattern) => pattern.test(name)))
    .map((name) => `${name} ${suggest(name, plain)}`.trimEnd())
    .sort();
}
