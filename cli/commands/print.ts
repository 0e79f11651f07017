/** `onefold print`: what is derived from the declarations, as text on stdout. */
import type { Command } from "commander";
import { UsageError } from "../exit-codes.ts";
import type { PlatformModel } from "../../schema/model/platform.ts";
import { print } from "../output/terminal.ts";
import { addCommand, commandPath, type CommandContext } from "./command-context.ts";
import { addConfigFlag, addDomainsFlag } from "./shared-flags.ts";

interface PrintFlags {
  readonly config?: string;
  readonly domains?: string;
}

export function addPrintCommands(program: Command, context: CommandContext): void {
  const group = addCommand(program, "print", {
    description: "Print what is derived from the declarations.",
    examples: [["onefold print api > api.graphql", "the schema that clients see, for code generators"]],
  });
  const derived = [
    ["supergraph", "Print the composed supergraph, for any federation router.", printSupergraph],
    ["api", "Print the schema that clients see, for code generators.", printApi],
    ["ddl", "Print the ClickHouse tables that the declarations ask for.", printDdl],
  ] as const;
  for (const [name, description, derive] of derived) {
    const examples = [[`onefold print ${name} --domains ./domains`, "of the domains in a folder"]] as const;
    const command = addCommand(group, name, { description, examples });
    addConfigFlag(addDomainsFlag(command)).action((flags: PrintFlags) => printDerived(flags, context, derive));
  }
  const subgraph = addCommand(group, "subgraph", {
    description: "Print the federation schema of one domain's subgraph.",
    examples: [["onefold print subgraph consumer", "of the domain named consumer"]],
  });
  addConfigFlag(addDomainsFlag(subgraph.argument("<name>", "the domain"))).action((name: string, flags: PrintFlags) =>
    printDerived(flags, context, (platform) => printOneSubgraph(platform, name, subgraph)),
  );
}

async function printDerived(
  flags: PrintFlags,
  { terminal, surroundings }: CommandContext,
  derive: (platform: PlatformModel) => Promise<string>,
): Promise<void> {
  const { readConfig } = await import("../config.ts");
  const { readDeclarations } = await import("../declarations.ts");
  const platform = await readDeclarations(readConfig(flags, surroundings).domains);
  print(terminal.stdout, await derive(platform));
}

async function printSupergraph(platform: PlatformModel): Promise<string> {
  const { composeDomains } = await import("../compose-domains.ts");
  return composeDomains(platform);
}

async function printApi(platform: PlatformModel): Promise<string> {
  const { buildApiSchema, printApiSchema } = await import("../../gateway/api-schema.ts");
  return printApiSchema(buildApiSchema(await printSupergraph(platform)));
}

async function printDdl(platform: PlatformModel): Promise<string> {
  const { seriesLayout } = await import("../../schema/layout/series-layout.ts");
  const { createTableSql, tableShape } = await import("../../stores/clickhouse/table-shape.ts");
  const tables = seriesLayout(platform).map((layout) => `${createTableSql(layout.name, tableShape(layout))};`);
  const note = "-- A store puts the generation of the models before each name: g1_dwd_UserBehavior.";
  return [note, ...tables].join("\n\n");
}

async function printOneSubgraph(platform: PlatformModel, name: string, command: Command): Promise<string> {
  const names = platform.domains.map((domain) => domain.name);
  if (!names.includes(name)) {
    const message = `No domain is named ${JSON.stringify(name)}; there are ${names.join(", ")}.`;
    throw new UsageError(message, commandPath(command));
  }
  const { printSubgraph } = await import("../../subgraphs/sdl/print-subgraph.ts");
  return printSubgraph(platform, name);
}
