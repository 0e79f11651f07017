/** Tells how a file's records are written: CSV or JSON lines, and for CSV which column is which. */
import { basename } from "node:path";
import { parse } from "csv-parse/sync";
import { OnefoldError } from "../../../schema/errors.ts";
import type { SourceModel } from "../../../schema/model/source.ts";
import type { FileContent } from "./open-content.ts";
import { startOfContent } from "./file-lineage.ts";
import { RecordSplitter } from "./split-records.ts";

export type FileFormat =
  | { readonly kind: "json" }
  /** `header`: the first record names the columns, and is no event. */
  | { readonly kind: "csv"; readonly columns: readonly string[]; readonly header: boolean };

export interface FormatOptions {
  /** @default by the file's name (`.csv`, `.json`, `.jsonl`, `.ndjson`, each also with `.gz`), then the source's own */
  readonly format?: "csv" | "json" | undefined;
  /**
   * Whether a CSV file has a header line. @default true where the source declares no columns; otherwise only if the
   * first line consists of declared column names
   */
  readonly header?: boolean | undefined;
}

/** @throws OnefoldError INPUT_INVALID for a header line that cannot be used */
export async function readFileFormat(
  source: SourceModel,
  content: FileContent,
  options: FormatOptions,
): Promise<FileFormat> {
  if ((options.format ?? formatOfName(content.path) ?? source.fileFormat) === "json") return { kind: "json" };
  const declared = source.csvColumns;
  if (declared !== null && options.header === false) return { kind: "csv", columns: declared, header: false };
  const first = await readFirstRecord(content);
  const names = first === null ? [] : headerNames(first);
  if (declared !== null && options.header === undefined) {
    const header = names !== null && names.length > 0 && names.every((name) => declared.includes(name));
    return { kind: "csv", columns: header ? names : declared, header };
  }
  if (options.header === false) {
    throw new OnefoldError(
      "INPUT_INVALID",
      `Source ${source.name} declares no CSV columns, so a CSV file needs a header line.`,
      {
        remedy: "Add the header line, or declare `csv: [...]` on the source.",
      },
    );
  }
  if (names === null || new Set(names).size !== names.length) {
    const shown = JSON.stringify(first?.toString("utf8").slice(0, 100));
    throw new OnefoldError("INPUT_INVALID", `The header line of ${content.path} cannot be used: ${shown}.`, {
      remedy: "The first line must name each column once, separated by commas.",
    });
  }
  return { kind: "csv", columns: names, header: true };
}

function formatOfName(path: string): "csv" | "json" | undefined {
  const extension = /\.([a-z]+)(?:\.gz)?$/.exec(basename(path).toLowerCase())?.[1];
  if (extension === "csv") return "csv";
  return extension === "json" || extension === "jsonl" || extension === "ndjson" ? "json" : undefined;
}

async function readFirstRecord(content: FileContent): Promise<Buffer | null> {
  const splitter = new RecordSplitter("csv", startOfContent);
  for await (const chunk of content.chunks(0)) {
    for (const record of splitter.push(chunk)) return record.value;
  }
  for (const record of splitter.finish(true)) return record.value;
  return null;
}

/** The trimmed fields of a line; null where it is not one line of good CSV. */
function headerNames(line: Buffer): readonly string[] | null {
  try {
    const [fields]: string[][] = parse(line, { trim: true });
    return fields ?? null;
  } catch {
    return null;
  }
}
