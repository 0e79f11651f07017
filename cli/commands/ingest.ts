/** `onefold ingest file` and `onefold ingest push`: events come in from a file, or as a pushed body. */
import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { Option, type Command } from "commander";
import { UsageError } from "../exit-codes.ts";
import type { FileIngestResult, IngestResult, PushOperationResult } from "../operations/operation.ts";
import { formatCount, formatCounted } from "../output/format-number.ts";
import { addCommand, commandPath, type CommandContext } from "./command-context.ts";
import { addOperationFlags, type OperationFlags } from "./shared-flags.ts";

export function addIngestCommands(program: Command, context: CommandContext): void {
  const group = addCommand(program, "ingest", {
    description: "Take in events from a file, or push them.",
    examples: [["onefold ingest file events.csv.gz --source user-behavior", "every record of the file, once"]],
  });
  addIngestFile(group, context);
  addIngestPush(group, context);
}

interface FileFlags extends OperationFlags {
  readonly source: string;
  readonly format?: "csv" | "json";
  readonly complete?: boolean;
}

function addIngestFile(group: Command, context: CommandContext): void {
  const command = addCommand(group, "file", {
    description:
      "Take in a file of events: CSV or JSON lines, plain or gzip. Again, or under another name, changes nothing.",
    examples: [
      ["onefold ingest file UserBehavior.csv.gz --source user-behavior", "the format is told from the name"],
      ["onefold ingest file orders.txt --source orders --format json --json", "answers one JSON object"],
    ],
  });
  command
    .argument("<path>", "the file")
    .requiredOption("--source <name>", "the declared source whose events it holds")
    .addOption(
      new Option("--format <format>", "how it is written; told from its name if left out").choices(["csv", "json"]),
    )
    .option("--complete", "nothing will be added to it: a quote that is open at its end holds no lines back");
  addOperationFlags(command).action(async (path: string, flags: FileFlags) => {
    const file = resolve(context.surroundings.cwd, path);
    await refuseUnreadable(path, file, command);
    const { answerOperation } = await import("./answer-operation.ts");
    const { source, format = null, complete = false } = flags;
    const request = { kind: "ingest-file", path: file, source, format, complete } as const;
    await answerOperation<FileIngestResult>(context, request, {
      command: commandPath(command),
      flags,
      describe: describeIngest,
    });
  });
}

async function refuseUnreadable(path: string, file: string, command: Command): Promise<void> {
  const status = await stat(file).catch(() => null);
  if (status === null) throw new UsageError(`There is no file ${JSON.stringify(path)}.`, commandPath(command));
  if (!status.isFile()) throw new UsageError(`${JSON.stringify(path)} is not a regular file.`, commandPath(command));
}

interface PushFlags extends OperationFlags {
  readonly source: string;
}

function addIngestPush(group: Command, context: CommandContext): void {
  const command = addCommand(group, "push", {
    description: "Push events as over HTTP: a JSON array, one object, or NDJSON; at most 32 MiB and 50,000 events.",
    examples: [
      ["onefold ingest push orders.json --source orders", "the events of a file"],
      [
        `echo '{"user_id":"42","item_id":"7","behavior":"pv","unix_seconds":1511658000}' | onefold ingest push --source user-behavior`,
        "what comes on stdin",
      ],
    ],
  });
  command.argument("[file]", "the body; - or nothing: stdin", "-");
  command.requiredOption("--source <name>", "the declared source whose events these are");
  addOperationFlags(command).action(async (path: string, flags: PushFlags) => {
    const file = resolve(context.surroundings.cwd, path);
    if (path !== "-") await refuseUnreadable(path, file, command);
    const bytes = path === "-" ? await readAll(context.terminal.stdin) : await readFile(file);
    const contentType = /\.(ndjson|jsonl)$/i.test(path) ? "application/x-ndjson" : "";
    const { answerOperation } = await import("./answer-operation.ts");
    const request = { kind: "push", source: flags.source, body: bytes.toString("base64"), contentType } as const;
    await answerOperation<PushOperationResult>(context, request, {
      command: commandPath(command),
      flags,
      describe: (result) => [describeIngest(result), ...describeRefused(result)].join("\n"),
    });
  });
}

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** `96,169 records read in 2.1 s: 96,168 applied, 0 duplicates, 1 quarantined.` */
export function describeIngest(result: IngestResult & { readonly note?: string }): string {
  const { read, applied, duplicates, quarantined, seconds, note } = result;
  const counts = `${formatCount(applied)} applied, ${formatCounted(duplicates, "duplicate")}, ${formatCount(quarantined)} quarantined`;
  const look = quarantined > 0 ? " `onefold quarantine list` shows why." : "";
  const line = `${formatCounted(read, "record")} read in ${seconds.toFixed(1)} s: ${counts}.${look}`;
  return note === undefined
    ? line
    : `${line}
${note}`;
}

function describeRefused({ refused }: PushOperationResult): readonly string[] {
  return refused.slice(0, 10).map(({ index, rule, reason }) => `  event ${index + 1}: ${reason} (${rule})`);
}
