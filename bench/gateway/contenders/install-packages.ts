/** Packages of other gateways, installed on demand into a folder that git ignores. They are no dependencies of the project. */
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
/** From the built file, in dist/bench/gateway/contenders. */
const home = join(import.meta.dirname, "../../../../.onefold/bench-gateways");

export function folderOfPeer(name: string): string {
  return join(home, name);
}

/** Name and exact version of each package. Does nothing where these very packages are installed. */
export async function installPackages(name: string, packages: Readonly<Record<string, string>>): Promise<void> {
  const folder = folderOfPeer(name);
  const done = join(folder, "installed.json");
  const wanted = JSON.stringify(packages);
  if ((await readFile(done, "utf8").catch(() => "")) === wanted) return;
  process.stderr.write(`installing ${Object.keys(packages).join(", ")} …\n`);
  await mkdir(folder, { recursive: true });
  const manifest = { private: true, type: "module", dependencies: packages };
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
  await run("npm", ["install", "--no-audit", "--no-fund", "--no-package-lock"], { cwd: folder });
  await writeFile(done, wanted);
}
