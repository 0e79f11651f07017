/** The running instance's log on stderr: JSON lines for machines, one readable line each on a terminal. */
import { pino, type Logger } from "pino";
import { hideSecrets } from "./hide-secrets.ts";

export type InstanceLogger = Logger;

export interface LoggerOptions {
  readonly level: string;
  readonly stream: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

export function createInstanceLogger({ level, stream }: LoggerOptions): InstanceLogger {
  const write = (line: string): void => {
    const safe = hideSecrets(line);
    stream.write(stream.isTTY === true ? readable(safe) : safe);
  };
  return pino({ level, base: null }, { write });
}

const hidden = new Set(["level", "time", "msg", "err"]);

/** `12:00:00 warn  The series store is behind. lag=12` */
function readable(line: string): string {
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return line;
  }
  const level = pino.levels.labels[Number(entry["level"])] ?? "";
  const time = new Date(Number(entry["time"])).toISOString().slice(11, 19);
  const details = Object.entries(entry)
    .filter(([name]) => !hidden.has(name))
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  const { err } = entry;
  const stack = typeof err === "object" && err !== null && "stack" in err ? `\n${String(err.stack)}` : "";
  return `${[time, level.padEnd(5), typeof entry["msg"] === "string" ? entry["msg"] : "", ...details].join(" ")}${stack}\n`;
}
