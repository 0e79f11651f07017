/** Reading a folder of declarations. */
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { loadDomains } from "../../schema/load-domains.ts";

async function temporaryFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), "onefold-domains-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

describe("loadDomains", () => {
  it("compiles the sample domains", async () => {
    const result = await loadDomains(join(import.meta.dirname, "../../schema"));
    expect(result.kind === "compiled" && result.platform.domains.map(({ name }) => name)).toEqual([
      "consumer",
      "content",
      "enterprise",
    ]);
  });

  it("takes only the folder's own .graphql files, in the order of their names", async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, "more.graphql"));
    for (const name of ["b.graphql", "a.graphql", "c.txt", ".hidden.graphql"]) {
      await writeFile(join(folder.path, name), `extend schema @domain(name: "${name.charAt(0)}", owner: "o")`);
    }
    const result = await loadDomains(folder.path);
    expect(result.kind === "compiled" && result.platform.domains.map(({ file }) => file)).toEqual([
      join(folder.path, "a.graphql"),
      join(folder.path, "b.graphql"),
    ]);
    expect(result.texts.map(({ file }) => file)).toHaveLength(2);
  });

  it("says that a folder is missing, a file, or empty", async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, "a.txt");
    await writeFile(file, "");
    const reasons = [];
    for (const path of [join(folder.path, "none"), file, folder.path]) {
      const result = await loadDomains(path);
      reasons.push(result.kind === "invalid" && result.diagnostics.map(({ reason }) => reason).join());
    }
    expect(reasons).toEqual([
      "The folder cannot be read: it does not exist.",
      "The folder cannot be read: it is a file.",
      "The folder holds no *.graphql file.",
    ]);
  });
});
