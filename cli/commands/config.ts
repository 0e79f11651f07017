/** `onefold config check` and `onefold config schema`: what the settings are, and what they may be. */
import type { Command } from "commander";
import type { SettingInForce } from "../config/describe-settings.ts";
import { formatTable } from "../output/format-table.ts";
import { print } from "../output/terminal.ts";
import { addCommand, type CommandContext } from "./command-context.ts";
import { addConfigFlag, addJsonFlag } from "./shared-flags.ts";

interface ConfigCheckFlags {
  readonly config?: string;
  readonly json?: boolean;
}

export function addConfigCommands(program: Command, context: CommandContext): void {
  const group = addCommand(program, "config", {
    description: "Look at the settings: flags, environment, onefold.yaml and defaults put together.",
    examples: [["onefold config check", "every mistake, or every setting with its origin"]],
  });
  const check = addCommand(group, "check", {
    description: "Check the settings, and print those in force with where each came from. Secrets are masked.",
    examples: [
      ["onefold config check", "of the working directory's onefold.yaml"],
      ["onefold config check --config deploy/onefold.yaml --json", "for a program"],
    ],
  });
  addJsonFlag(addConfigFlag(check)).action((flags: ConfigCheckFlags) => checkConfig(flags, context));
  const schema = addCommand(group, "schema", {
    description: "Print the JSON schema of onefold.yaml, for editors.",
    examples: [["onefold config schema > onefold.config.schema.json", "the same file comes with Onefold"]],
  });
  schema.action(() => printSchema(context));
}

/** What `--json` answers. */
interface CheckedConfig {
  readonly ok: true;
  readonly file: string | null;
  readonly settings: readonly SettingInForce[];
  readonly unknownVariables: readonly string[];
}

async function checkConfig(flags: ConfigCheckFlags, { terminal, surroundings }: CommandContext): Promise<void> {
  const { readSettings } = await import("../config.ts");
  const { describeSettings, findUnknownVariables } = await import("../config/describe-settings.ts");
  const loaded = readSettings(flags, surroundings);
  const checked: CheckedConfig = {
    ok: true,
    file: loaded.file,
    settings: describeSettings(loaded, surroundings.cwd),
    unknownVariables: findUnknownVariables(surroundings.env),
  };
  print(terminal.stdout, flags.json === true ? JSON.stringify(checked) : describe(checked));
}

function describe({ file, settings, unknownVariables }: CheckedConfig): string {
  const columns = [{ title: "setting" }, { title: "value", maxWidth: 80 }, { title: "from" }];
  const rows = settings.map(({ path, value, from }) => [path, show(value), from]);
  return [
    formatTable(columns, rows),
    "",
    ...unknownVariables.map((name) => `No setting: ${name}`),
    file === null ? "There is no onefold.yaml; all settings are right." : `All settings are right, with ${file}.`,
  ].join("\n");
}

function show(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

async function printSchema({ terminal }: CommandContext): Promise<void> {
  const { configJsonSchema } = await import("../config/json-schema.ts");
  print(terminal.stdout, JSON.stringify(configJsonSchema(), null, 2));
}
