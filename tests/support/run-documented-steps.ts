/** Runs the steps of a documentation page in an empty folder, as a reader would, and compares what comes with what is printed. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { expect } from "@jest/globals";
import type { DocumentedStep } from "./documented-steps.ts";
import { freePort, programPath } from "./onefold-program.ts";

export interface PageOptions {
  /** Where the reader works: an empty folder. */
  readonly folder: string;
  /** How long is waited for what comes "eventually". @default 20,000 ms */
  readonly patienceMs?: number;
}

/** Whether pages can be run here: they use curl. Where a build server says that nothing may be skipped, they are run anyway. */
export function canRunPages(): boolean {
  const { PATH = "", ONEFOLD_REQUIRE_SERVICES } = process.env;
  if (ONEFOLD_REQUIRE_SERVICES !== undefined) return true;
  return PATH.split(delimiter).some((folder) => existsSync(join(folder, "curl")));
}

/** The port in the page's addresses; another one is used in its place. */
const PAGE_PORT = "127.0.0.1:4000";

interface Command {
  readonly child: ChildProcess;
  readonly output: () => string;
}

/** Rejects at the first step that does not do what the page says. */
export async function runDocumentedSteps(steps: readonly DocumentedStep[], options: PageOptions): Promise<void> {
  const { folder, patienceMs = 20_000 } = options;
  const address = `127.0.0.1:${String(await freePort())}`;
  const shell = await prepareShell(folder, address);
  const here = (text: string): string => text.replaceAll(PAGE_PORT, address);
  const background = new Map<string, Command>();
  await using running = new Running();
  let output: () => string | Promise<string> = () => "";
  let again = false;

  for (const step of steps) {
    const text = here(step.text);
    switch (step.kind) {
      case "file":
        await mkdir(dirname(join(folder, step.path)), { recursive: true });
        await writeFile(join(folder, step.path), `${step.text}\n`);
        break;
      case "run": {
        const run = (): Promise<string> => runToEnd(shell, text);
        const first = await run();
        let fresh = true;
        output = () => (fresh ? ((fresh = false), first) : run());
        again = step.eventually;
        break;
      }
      case "start": {
        const instance = running.add(shell(`exec ${text}`));
        await untilHealthy(`http://${address}/health`, instance);
        output = instance.output;
        again = true;
        break;
      }
      case "stop":
        await running.stopLast();
        break;
      case "background": {
        const command = running.add(shell(`exec ${text}`));
        background.set(step.name, command);
        await until(() => command.output() !== "", patienceMs);
        break;
      }
      case "expect": {
        const source = step.name === null ? output : (background.get(step.name)?.output ?? output);
        await compare({ ...step, text }, source, again || step.name !== null ? patienceMs : 0);
        break;
      }
    }
  }
}

/** What was started, ended at last whatever happens. */
class Running implements AsyncDisposable {
  readonly #commands: Command[] = [];

  add(command: Command): Command {
    this.#commands.push(command);
    return command;
  }

  /** As Ctrl-C does. */
  async stopLast(): Promise<void> {
    for (const command of this.#commands.splice(0)) await end(command, "SIGTERM");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const command of this.#commands.splice(0)) await end(command, "SIGKILL");
  }
}

async function end({ child }: Command, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, "exit");
}

type Shell = (script: string) => Command;

/** A shell in the folder, in which `npx onefold` and `npm start` are the built program, and the default port is the one chosen here. */
async function prepareShell(folder: string, address: string): Promise<Shell> {
  const bin = join(folder, ".bin");
  await mkdir(bin, { recursive: true });
  const onefold = `exec '${process.execPath}' '${programPath}' "$@"`;
  await writeCommand(join(bin, "npx"), `[ "$1" = onefold ] || exit 97; shift; ${onefold}`);
  await writeCommand(join(bin, "npm"), `[ "$1" = start ] || exit 97; ${onefold}`);
  const kept = Object.entries(process.env).filter(([name]) => !/^(ONEFOLD_.*|PORT|HOST)$/.test(name));
  const env = {
    ...Object.fromEntries(kept),
    PATH: [bin, process.env["PATH"]].join(delimiter),
    PORT: address.split(":")[1],
  };
  return (script) => {
    const child = spawn("/bin/sh", ["-c", script], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    // Progress goes to stderr beside an answer; a refusal stands there alone.
    return { child, output: () => (stdout === "" ? stderr : stdout) };
  };
}

async function writeCommand(path: string, script: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
}

async function runToEnd(shell: Shell, script: string): Promise<string> {
  const { child, output } = shell(script);
  await once(child, "close");
  return output();
}

async function untilHealthy(url: string, { child, output }: Command): Promise<void> {
  const isHealthy = async (): Promise<boolean> => {
    if (child.exitCode !== null) throw new Error(`onefold ended: ${output()}`);
    const answer = await fetch(url).catch(() => null);
    await answer?.arrayBuffer();
    return answer?.status === 200;
  };
  if (!(await until(isHealthy, 60_000))) throw new Error(`onefold did not become healthy: ${output()}`);
}

/** Asks every 50 ms: what is waited for is another process, which has no way to tell. */
async function until(condition: () => boolean | Promise<boolean>, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return true;
}

type Expectation = Extract<DocumentedStep, { kind: "expect" }>;

async function compare(step: Expectation, source: () => string | Promise<string>, patienceMs: number): Promise<void> {
  let actual = "";
  await until(async () => matches(step, (actual = await source())), patienceMs);
  if (matches(step, actual)) return;
  const place = `the block of line ${String(step.line)}`;
  const wanted = step.form === "text" ? step.text : (parse(step.text) ?? step.text);
  const got = step.form === "text" ? actual.trimEnd() : (parse(actual) ?? actual);
  expect({ [place]: got }).toEqual({ [place]: wanted });
}

function matches({ form, name, text }: Expectation, actual: string): boolean {
  switch (form) {
    case "text": {
      const pattern = text.trimEnd().split("…").map(escapeRegExp).join("[^]*?");
      // What runs in the background may have written more before and after.
      return new RegExp(name === null ? `^${pattern}$` : pattern).test(actual.trimEnd());
    }
    case "json":
      return fits(parse(text), parse(actual), false);
    case "shape":
      return fits(parse(text), parse(actual), true);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** By shape, lists have items of the same form, and texts and numbers may be any. */
function fits(wanted: unknown, actual: unknown, byShape: boolean): boolean {
  if (wanted === "…" && actual !== undefined) return true;
  if (Array.isArray(wanted)) {
    if (!Array.isArray(actual)) return false;
    const items: readonly unknown[] = actual;
    if (byShape) return items.length > 0 && items.every((item) => fits(wanted[0], item, byShape));
    return items.length === wanted.length && items.every((item, i) => fits(wanted[i], item, byShape));
  }
  if (isRecord(wanted)) {
    if (!isRecord(actual)) return false;
    const names = Object.keys(wanted);
    return (
      names.length === Object.keys(actual).length && names.every((name) => fits(wanted[name], actual[name], byShape))
    );
  }
  return byShape ? typeof wanted === typeof actual : wanted === actual;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
