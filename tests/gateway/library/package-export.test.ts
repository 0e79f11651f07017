/** The library as a program of somebody else imports it: `onefold/gateway`, built, by the package's exports. */
import { describe, expect, it } from "@jest/globals";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { serveSmallSubgraph } from "../../support/small-subgraph.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../../..");

const program = `import { ApolloServer } from "@apollo/server";
import { createOnefoldGateway, OnefoldError, type OnefoldGateway } from "onefold/gateway";

interface Caller {
  readonly user: string;
}
const subgraphs = JSON.parse(process.argv[2] ?? "") as { name: string; url: string }[];
const headersOf = ({ user }: Caller) => ({ authorization: user });
const gateway: OnefoldGateway = createOnefoldGateway<Caller>({ subgraphs, headersOf });
const server = new ApolloServer<Caller>({ gateway, ...gateway.serverOptions<Caller>() });
await server.start();
const query = "{ whoAsks people { posts { id } } }";
const { body } = await server.executeOperation({ query }, { contextValue: { user: "ann" } });
console.log(JSON.stringify(body.kind === "single" ? body.singleResult.data : null));
await server.stop();
console.log(new OnefoldError("INTERNAL", "fine").code);
// @ts-expect-error a number is no file
export const wrong = () => createOnefoldGateway({ supergraphFile: 1 });
`;

/** A folder in which \`onefold\` and what it shares with its user are installed. */
async function installInto(folder: string): Promise<void> {
  const modules = join(folder, "node_modules");
  await mkdir(join(modules, "@types"), { recursive: true });
  await symlink(root, join(modules, "onefold"));
  for (const name of ["@apollo", "graphql", "@types/node"]) {
    await symlink(join(root, "node_modules", name), join(modules, name));
  }
  await writeFile(join(folder, "package.json"), '{ "type": "module" }\n');
  await writeFile(join(folder, "program.ts"), program);
}

describe("onefold/gateway", () => {
  it("is imported with its types by a program that has the package", async () => {
    await using people = await serveSmallSubgraph("people");
    await using posts = await serveSmallSubgraph("posts");
    const folder = await mkdtemp(join(tmpdir(), "onefold-export-"));
    try {
      await installInto(folder);
      const options = ["--strict", "--module", "nodenext", "--target", "es2023", "--lib", "es2023,esnext.disposable"];
      const compiler = join(root, "node_modules/typescript/bin/tsc");
      const types = ["--types", "node", "--skipLibCheck"];
      const compiled = await run(process.execPath, [compiler, ...options, ...types, "program.ts"], {
        cwd: folder,
      }).catch((error: unknown) => error);
      expect(compiled).toMatchObject({ stdout: "" });
      const subgraphs = [people, posts].map(({ name, url }) => ({ name, url }));
      const { stdout } = await run(process.execPath, ["program.js", JSON.stringify(subgraphs)], { cwd: folder });
      const [data = "", code] = stdout.split("\n");
      expect(JSON.parse(data)).toMatchObject({
        whoAsks: "ann",
        people: { 0: { posts: [{ id: "p0-1" }, { id: "p0-2" }] } },
      });
      expect(code).toBe("INTERNAL");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }, 90_000);
});
