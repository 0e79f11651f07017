/** The page on the command says what `--help` says: the same commands, flags, variables and exit codes, in both directions. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import type { Command } from "commander";
import { CONFIG_VARIABLE } from "../../cli/config/find-config-file.ts";
import { flagOverrides } from "../../cli/config/flags.ts";
import { settings } from "../../cli/config/list-settings.ts";
import { exitCodes } from "../../cli/exit-codes.ts";
import { createProgram } from "../../cli/program.ts";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/06-cli.md"), "utf8");

/** By heading: `onefold ingest file`. */
const sections = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((section): [string, string] => [section.slice(0, section.indexOf("\n")), section]),
);

const program = createProgram({
  terminal: { stdout: process.stdout, stderr: process.stderr, stdin: process.stdin },
  surroundings: { env: {}, cwd: root },
  signal: new AbortController().signal,
});

/** Commands that do something, by the words that call them. */
function leaves(command: Command, name: string): readonly (readonly [string, Command])[] {
  const inner = command.commands.filter((each) => each.name() !== "help");
  return inner.length === 0 ? [[name, command]] : inner.flatMap((each) => leaves(each, `${name} ${each.name()}`));
}

const commands = leaves(program, "onefold");

/** As they stand in the first column of tables: `--port <n>`. */
function documentedFlags(section: string): readonly string[] {
  const cells = [...section.matchAll(/^\| (`--[^|]*)\|/gm)].map(([, cell = ""]) => cell);
  return cells.flatMap((cell) => [...cell.matchAll(/`(--[^`]+)`/g)].map(([, flag = ""]) => flag)).sort();
}

describe("the page on the command", () => {
  it("has a section for every command, and no other", () => {
    const named = [...sections.keys()].filter((heading) => heading.startsWith("onefold "));
    expect([...named].sort()).toEqual(commands.map(([name]) => name).sort());
  });

  it.each(commands)("documents the flags of %s, and no others", (name, command) => {
    const flags = command.options.map((option) => option.flags).sort();
    expect(documentedFlags(sections.get(name) ?? "")).toEqual(flags);
  });

  it("names the variable of every setting that has a flag, and no variable that is not read", () => {
    const named = new Set([...page.matchAll(/`(ONEFOLD_[A-Z_]+|PORT|HOST)`/g)].map(([, name = ""]) => name));
    const variables = settings.flatMap(({ variable, shortVariable }) => [variable, shortVariable]);
    expect([...named].filter((name) => name !== CONFIG_VARIABLE && !variables.includes(name))).toEqual([]);
    const byFlag = flagOverrides({
      ...{ dataDir: "d", domains: "d", role: ["all"], host: "h", port: "1", corsOrigin: ["*"], rate: "1" },
      ...{ generate: true, logLevel: "info", trustedDocuments: "f", development: true },
    });
    const missing = byFlag.filter(({ path }) => {
      const setting = settings.find((each) => each.path.join(".") === path.join("."));
      return !named.has(setting?.shortVariable ?? setting?.variable ?? "");
    });
    expect(byFlag).toHaveLength(10);
    expect(missing).toEqual([]);
    expect(named).toContain(CONFIG_VARIABLE);
  });

  it("has the exit codes and what they mean", () => {
    const rows = [...(sections.get("Exit codes") ?? "").matchAll(/^\| (\d+) +\| (.+?) +\|$/gm)];
    expect(rows.map(([, code, meaning]) => ({ code: Number(code), meaning }))).toEqual(Object.values(exitCodes));
  });
});
