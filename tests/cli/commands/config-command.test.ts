/** `onefold config check` and `schema`: settings with their origins for people and for programs. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { createProgram } from "../../../cli/program.ts";
import { configJsonSchema } from "../../../cli/config/json-schema.ts";
import { catchOutput } from "../../support/catch-output.ts";
import { openTemporaryFolder } from "../../support/temporary-folder.ts";

async function run(args: readonly string[], text: string, env: Record<string, string> = {}): Promise<string> {
  await using folder = await openTemporaryFolder();
  await writeFile(join(folder.path, "onefold.yaml"), text);
  const terminal = catchOutput();
  const signal = new AbortController().signal;
  const program = createProgram({ terminal, surroundings: { env, cwd: folder.path }, signal });
  await program.parseAsync(["config", ...args], { from: "user" });
  return terminal.out();
}

describe("onefold config", () => {
  it("shows each setting in force with where it came from", async () => {
    const out = await run(["check"], "http:\n  port: 80\n", { HOST: "::1" });
    expect(out).toMatch(/^http\.port +80 +onefold\.yaml:2:9$/m);
    expect(out).toMatch(/^http\.host +::1 +HOST$/m);
    expect(out).toMatch(/^log\.level +info +default$/m);
    expect(out).toContain("All settings are right, with onefold.yaml.");
  });

  it("answers programs, and names variables that set nothing", async () => {
    const answer: unknown = JSON.parse(
      await run(["check", "--json"], "roles: [all]\nsubgraphs: { shop: { url: 'http://s' } }", { ONEFOLD_PROT: "1" }),
    );
    expect(answer).toMatchObject({
      ok: true,
      file: "onefold.yaml",
      settings: expect.arrayContaining([
        { path: "roles", value: ["all"], from: "onefold.yaml:1:8" },
        { path: "subgraphs.shop.url", value: "http://s", from: "onefold.yaml:2:27" },
        { path: "kafka.replicationFactor", value: 1, from: "default" },
      ]),
      unknownVariables: [expect.stringMatching(/^ONEFOLD_PROT/)],
    });
  });

  it("refuses wrong settings", async () => {
    await expect(run(["check"], "htp: {}")).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });

  it("prints the JSON schema", async () => {
    expect(JSON.parse(await run(["schema"], ""))).toEqual(JSON.parse(JSON.stringify(configJsonSchema())));
  });
});
