/** `onefold plan`: how a gateway would answer a query, without one that runs. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "commander";
import { systemErrorCode } from "../data-dir/system-error-code.ts";
import { UsageError } from "../exit-codes.ts";
import { print } from "../output/terminal.ts";
import { addCommand, type CommandContext } from "./command-context.ts";
import { addJsonFlag } from "./shared-flags.ts";

interface PlanFlags {
  readonly supergraph: string;
  readonly query: string;
  readonly operation?: string;
  readonly variables?: string;
  readonly json?: boolean;
}

export function addPlanCommand(program: Command, context: CommandContext): void {
  const command = addCommand(program, "plan", {
    description: "Print what a gateway asks of which subgraph to answer a query.",
    examples: [
      ["onefold plan --supergraph supergraph.graphql --query query.graphql", "for people"],
      ["onefold plan --supergraph supergraph.graphql --query query.graphql --json", "for a program"],
    ],
  });
  command
    .requiredOption("--supergraph <file>", "composed supergraph SDL")
    .requiredOption("--query <file>", "a document")
    .option("--operation <name>", "the operation, where the document has several")
    .option("--variables <json>", "values that @skip and @include depend on, as an object");
  addJsonFlag(command).action((flags: PlanFlags) => plan(flags, context));
}

async function plan(flags: PlanFlags, { terminal, surroundings }: CommandContext): Promise<void> {
  const [supergraph, query] = await Promise.all([
    readText("--supergraph", resolve(surroundings.cwd, flags.supergraph)),
    readText("--query", resolve(surroundings.cwd, flags.query)),
  ]);
  const { planQuery } = await import("../../gateway/planning/plan-query.ts");
  const { printPlans } = await import("../../gateway/planning/print-plan.ts");
  const plans = await planQuery(supergraph, {
    query,
    operationName: flags.operation,
    variables: readVariables(flags.variables),
  });
  const text = printPlans(plans);
  print(terminal.stdout, flags.json === true ? JSON.stringify({ text, plans }) : text.trimEnd());
}

async function readText(flag: string, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = systemErrorCode(error) ?? "unknown";
    throw new UsageError(`${flag}: the file ${JSON.stringify(path)} cannot be read (${code}).`, "onefold plan");
  }
}

function readVariables(json = "{}"): Readonly<Record<string, unknown>> {
  let read: unknown;
  try {
    read = JSON.parse(json);
  } catch {
    read = undefined;
  }
  if (typeof read === "object" && read !== null && !Array.isArray(read)) return read as Record<string, unknown>;
  throw new UsageError(`--variables takes a JSON object, not ${JSON.stringify(json)}.`, "onefold plan");
}
