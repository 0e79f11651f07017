/** Recognises an INSERT whose rows stand in the request's body, in a format that the engine takes as bytes. */
import type { InsertStatement } from "./engine-sessions.ts";

export type InsertHead = Omit<InsertStatement, "rows"> & {
  readonly settings: readonly (readonly [name: string, value: string])[];
};

const name = String.raw`(?:\w+|\`\w+\`|"\w+")`;
const head = new RegExp(
  String.raw`^\s*insert\s+into\s+(?:table\s+)?(?<table>${name}(?:\.${name})?)` +
    String.raw`\s*(?:\((?<columns>\s*${name}(?:\s*,\s*${name})*\s*)\))?` +
    String.raw`\s*(?:settings\s+(?<settings>\w+\s*=\s*[\w.']+(?:\s*,\s*\w+\s*=\s*[\w.']+)*))?` +
    String.raw`\s*format\s+(?<format>\w+)\s*;?\s*$`,
  "i",
);

const formats: Readonly<Record<string, InsertStatement["format"]>> = {
  tsv: "TabSeparated",
  tabseparated: "TabSeparated",
  tsvwithnames: "TabSeparatedWithNames",
  tabseparatedwithnames: "TabSeparatedWithNames",
  csv: "CSV",
  csvwithnames: "CSVWithNames",
  jsoneachrow: "JSONEachRow",
  jsoncompacteachrow: "JSONCompactEachRow",
};

/** Null: any other statement, or another format. */
export function readInsertHead(statement: string): InsertHead | null {
  const found = head.exec(statement)?.groups;
  const format = formats[found?.["format"]?.toLowerCase() ?? ""];
  if (found === undefined || format === undefined) return null;
  return {
    table: plain(found["table"] ?? ""),
    columns: found["columns"]?.split(",").map(plain),
    format,
    settings: (found["settings"] ?? "").split(",").flatMap((text) => {
      const [key = "", value = ""] = text.split("=").map((part) => part.trim().replaceAll("'", ""));
      return key === "" ? [] : [[key, value] as const];
    }),
  };
}

function plain(quoted: string): string {
  return quoted.replace(/[`"\s]/g, "");
}
