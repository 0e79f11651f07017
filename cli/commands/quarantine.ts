/** `onefold quarantine list` and `show`: what was refused and why. */
import type { Command } from "commander";
import { readCount } from "../config.ts";
import type { QuarantineDetail, QuarantineList } from "../operations/operation.ts";
import { formatCount } from "../output/format-number.ts";
import { formatTable } from "../output/format-table.ts";
import { addCommand, commandPath, type CommandContext } from "./command-context.ts";
import { addOperationFlags, type OperationFlags } from "./shared-flags.ts";

export function addQuarantineCommands(program: Command, context: CommandContext): void {
  const group = addCommand(program, "quarantine", {
    description: "Look at records that were refused. They are kept whole.",
    examples: [["onefold quarantine list --source orders", "what was refused of one source, newest first"]],
  });
  addList(group, context);
  addShow(group, context);
}

interface ListFlags extends OperationFlags {
  readonly source?: string;
  readonly limit: string;
}

function addList(group: Command, context: CommandContext): void {
  const command = addCommand(group, "list", {
    description: "List refused records, newest first.",
    examples: [
      ["onefold quarantine list", "the newest hundred"],
      ["onefold quarantine list --source user-behavior --limit 1000 --json", "for a program"],
    ],
  });
  command.option("--source <name>", "only of this source").option("--limit <n>", "how many at most", "100");
  addOperationFlags(command).action(async (flags: ListFlags) => {
    const { answerOperation } = await import("./answer-operation.ts");
    const limit = readCount("--limit", flags.limit);
    const request = { kind: "quarantine-list", source: flags.source ?? null, limit } as const;
    const answer = { command: commandPath(command), flags, describe: describeList };
    await answerOperation<QuarantineList>(context, request, answer);
  });
}

function describeList({ items, total }: QuarantineList): string {
  if (total === 0) return "The quarantine is empty.";
  const columns = [
    { title: "id" },
    { title: "arrived" },
    { title: "from", maxWidth: 48 },
    { title: "rule", maxWidth: 40 },
    { title: "reason", maxWidth: 100 },
  ];
  const rows = items.map((item) => [item.id, item.time, placeOf(item), item.rule, item.reason]);
  const shown = items.length === total ? formatCount(total) : `${formatCount(items.length)} of ${formatCount(total)}`;
  return `${formatTable(columns, rows)}\n\n${shown} in quarantine. \`onefold quarantine show <id>\` shows one whole.`;
}

function placeOf({ file, line, producer }: QuarantineList["items"][number]): string {
  if (file === null) return producer;
  return line === null ? file : `${file}:${line}`;
}

function addShow(group: Command, context: CommandContext): void {
  const command = addCommand(group, "show", {
    description: "Show one refused record whole, why it was refused, and what to do.",
    examples: [["onefold quarantine show user-behavior:0:4711", "the id as `quarantine list` shows it"]],
  });
  command.argument("<id>", "<source>:<partition>:<offset>");
  addOperationFlags(command).action(async (id: string, flags: OperationFlags) => {
    const { answerOperation } = await import("./answer-operation.ts");
    const request = { kind: "quarantine-show", id } as const;
    const answer = { command: commandPath(command), flags, describe: describeDetail };
    await answerOperation<QuarantineDetail>(context, request, answer);
  });
}

function describeDetail(item: QuarantineDetail): string {
  const { encoding, text } = item.record;
  return [
    `${item.id}  arrived ${item.time}, ${formatCount(item.bytes)} bytes of ${item.format} from ${placeOf(item)}`,
    `rule    ${item.rule}`,
    `reason  ${item.reason}`,
    `hint    ${item.hint}`,
    "",
    encoding === "utf8" ? text : `(not UTF-8; base64)\n${text}`,
  ].join("\n");
}
