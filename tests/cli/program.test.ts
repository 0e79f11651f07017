/** The command line: every command explains itself by example, and wrong usage gets one clear line. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { describe, expect, it } from "@jest/globals";
import { Finished } from "../../cli/commands/command-context.ts";
import { exitCodeOf, UsageError } from "../../cli/exit-codes.ts";
import { createProgram } from "../../cli/program.ts";
import { catchOutput } from "../support/catch-output.ts";
import { openTemporaryFolder } from "../support/temporary-folder.ts";

interface Ran {
  readonly out: string;
  readonly err: string;
  readonly error: unknown;
}

async function run(
  args: readonly string[],
  { cwd = "/", env = {} }: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Ran> {
  const terminal = catchOutput();
  const program = createProgram({ terminal, surroundings: { env, cwd }, signal: new AbortController().signal });
  const error: unknown = await program.parseAsync(args, { from: "user" }).then(
    () => null,
    (thrown: unknown) => (thrown instanceof Finished ? null : thrown),
  );
  return { out: terminal.out(), err: terminal.err(), error };
}

function allCommands(command: Command, path: readonly string[] = []): readonly (readonly string[])[] {
  return command.commands.flatMap((each) => [[...path, each.name()], ...allCommands(each, [...path, each.name()])]);
}

const paths = allCommands(
  createProgram({
    terminal: catchOutput(),
    surroundings: { env: {}, cwd: "/" },
    signal: new AbortController().signal,
  }),
);

describe("the command line", () => {
  it.each(paths.map((path) => path.join(" ")))("explains by example: onefold %s --help", async (path) => {
    const { out, error } = await run([...path.split(" "), "--help"]);
    expect(error).toBeNull();
    expect(out).toMatch(/Examples?:\n {2}(\$ onefold|\$ echo)/);
  });

  it("documents its exit codes", async () => {
    expect((await run(["--help"])).out).toMatch(/Exit codes:\n +0 {2}Done\./);
  });

  it("prints its version", async () => {
    expect((await run(["--version"])).out).toMatch(/^onefold \d+\.\d+\.\d+\n$/);
  });

  it.each([
    [["strat"], /^Unknown command 'strat'\. \(Did you mean start\?\)$/, "onefold"],
    [["start", "--prot", "1"], /Unknown option '--prot'.*--port/, "onefold start"],
    [["ingest"], /file, push/, "onefold ingest"],
    [["ingest", "file"], /--source/, "onefold ingest file"],
    [["ingest", "file", "--source", "s"], /missing required argument 'path'/i, "onefold ingest file"],
    [["ingest", "file", "none.csv", "--source", "s"], /There is no file "none.csv"/, "onefold ingest file"],
    [["ingest", "file", "x", "--source", "s", "--format", "xml"], /csv, json/, "onefold ingest file"],
    [["quarantine", "list", "--limit", "some"], /--limit takes a whole number from 1, not "some"/, null],
    [["generate", "--rate", "0"], /--rate takes a number of events a second/, null],
    [["start", "--port", "70000"], /--port takes a port from 0 to 65535/, null],
    [["start", "--cors-origin", "example.com"], /--cors-origin takes an origin/, null],
    [["status", "extra"], /Too many arguments/i, "onefold status"],
  ])("answers %j with one line", async (args, message, command) => {
    const { error, out } = await run(args);
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ message: expect.stringMatching(message), command });
    expect((error as UsageError).message).not.toContain("\n");
    expect(exitCodeOf(error)).toBe(2);
    expect(out).toBe("");
  });

  it("says of a wrong setting in the environment which one it is", async () => {
    const { error } = await run(["start"], { env: { PORT: "http" } });
    expect(error).toMatchObject({ message: 'PORT takes a port from 0 to 65535 (0: any free one), not "http".' });
  });
});

const shop = `extend schema @domain(name: "shop", owner: "a@b.c", description: "d") @source(name: "sales", description: "d")
type Sale @event(source: "sales", id: "saleId", key: "shopId", time: "ts") {
  saleId: ID!
  shopId: ID! @identifies(entity: "Shop", as: "shop")
  ts: DateTime!
}
type Shop @key(fields: "id") @entity(identifiers: [{ type: "shop", strong: true }]) {
  id: ID!
  sales: Count! @count(of: "Sale")
}
`;

describe("onefold check and print", () => {
  it("say that declarations are right, and print what follows from them", async () => {
    await using folder = await openTemporaryFolder();
    await mkdir(join(folder.path, "schema"));
    await writeFile(join(folder.path, "schema", "shop.graphql"), shop);
    const at = { cwd: folder.path };
    expect((await run(["check"], at)).out).toMatch(/^1 domain, 1 source, 1 event, 1 entity, 0 time series: /);
    expect(JSON.parse((await run(["check", "--json"], at)).out)).toMatchObject({ ok: true, domains: ["shop"] });
    expect((await run(["print", "api"], at)).out).toContain("shop(id: ID!): Shop");
    expect((await run(["print", "subgraph", "shop"], at)).out).toContain("@key");
    expect((await run(["print", "supergraph"], at)).out).toContain("join__Graph");
    expect((await run(["print", "ddl"], at)).out).toContain("CREATE TABLE IF NOT EXISTS `dwd_Sale`");
    expect((await run(["print", "subgraph", "shops"], at)).error).toMatchObject({
      message: 'No domain is named "shops"; there are shop.',
    });
  });

  it("show every mistake with its line, and end with a code of their own", async () => {
    await using folder = await openTemporaryFolder();
    await writeFile(join(folder.path, "shop.graphql"), shop.replace('of: "Sale"', 'of: "Sael"'));
    const { error } = await run(["check", "--domains", folder.path]);
    expect(error).toMatchObject({ code: "DECLARATION_INVALID", message: expect.stringContaining("shop.graphql:9:") });
    expect((error as Error).message).toContain("^");
    expect(exitCodeOf(error)).toBe(3);
  });

  it("use the samples where the working directory has no declarations", async () => {
    expect((await run(["check"])).out).toMatch(/^3 domains/);
  });
});
