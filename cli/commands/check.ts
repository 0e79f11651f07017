/** `onefold check`: whether the declarations are right, and fit together. */
import type { Command } from "commander";
import type { PlatformModel } from "../../schema/model/platform.ts";
import { formatCounted } from "../output/format-number.ts";
import { print } from "../output/terminal.ts";
import { addCommand, type CommandContext } from "./command-context.ts";
import { addConfigFlag, addDomainsFlag, addJsonFlag } from "./shared-flags.ts";

interface CheckFlags {
  readonly config?: string;
  readonly domains?: string;
  readonly json?: boolean;
}

export function addCheckCommand(program: Command, context: CommandContext): void {
  const command = addCommand(program, "check", {
    description: "Check the declarations: every mistake with its place, and what would be right.",
    examples: [
      ["onefold check", "the domains of ./schema"],
      ["onefold check --domains ./domains --json", "for a program"],
    ],
  });
  addJsonFlag(addConfigFlag(addDomainsFlag(command))).action((flags: CheckFlags) => check(flags, context));
}

async function check(flags: CheckFlags, { terminal, surroundings }: CommandContext): Promise<void> {
  const { readConfig } = await import("../config.ts");
  const { readDeclarations } = await import("../declarations.ts");
  const { composeDomains } = await import("../compose-domains.ts");
  const platform = await readDeclarations(readConfig(flags, surroundings).domains);
  composeDomains(platform);
  print(terminal.stdout, flags.json === true ? JSON.stringify(summary(platform)) : describe(platform));
}

function summary({ domains, events, entities, sources, series }: PlatformModel): object {
  const named = (all: readonly { readonly name: string }[]): readonly string[] => all.map(({ name }) => name);
  return {
    ok: true,
    domains: named(domains),
    sources: named(sources),
    events: named(events),
    entities: named(entities),
    series: named(series),
  };
}

function describe({ domains, events, entities, sources, series }: PlatformModel): string {
  const counts = [
    formatCounted(domains.length, "domain"),
    formatCounted(sources.length, "source"),
    formatCounted(events.length, "event"),
    formatCounted(entities.length, "entity", "entities"),
    `${series.length} time series`,
  ];
  return `${counts.join(", ")}: all declarations are right, and fit together.`;
}
