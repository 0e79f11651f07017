/**
 * Hive Router, a program in Rust, built from its crate on demand: that takes half an hour, so it takes part only once it is
 * there or when it is asked for by name. It shares identical reads of subgraphs unless told not to, and queries if told to.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Contender, Tier } from "./contender.ts";
import { folderOfPeer } from "./install-packages.ts";

const run = promisify(execFile);
/** The newest that the Rust compiler of this year's spring builds. */
const version = "0.2.19";
const binary = join(folderOfPeer("hive-router"), "bin/hive_router");

export const hiveRouterIsBuilt = existsSync(binary);

export const hiveRouter: Contender = {
  name: "hive-router",
  label: `Hive Router ${version} (Rust)`,
  tiers: ["none", "reads", "queries"],
  async prepare() {
    if (existsSync(binary)) return;
    process.stderr.write(`building hive-router ${version} …\n`);
    const root = ["--root", folderOfPeer("hive-router")];
    const what = ["hive-router", "--version", version, "--bin", "hive_router", "--features", "graphiql", "--locked"];
    await run("cargo", ["install", ...what, ...root]);
  },
  async command({ supergraph, port, tier, folder }) {
    const config = join(folder, `hive-router-${tier}.yaml`);
    await writeFile(config, configOf(supergraph, port, tier));
    return { file: binary, args: [], cwd: folder, environment: { ROUTER_CONFIG_FILE_PATH: config }, path: "/graphql" };
  },
};

function configOf(supergraph: string, port: number, tier: Tier): string {
  return `supergraph: { source: file, path: ${JSON.stringify(supergraph)} }
http: { host: 127.0.0.1, port: ${String(port)} }
log: { level: error }
traffic_shaping:
  all: { dedupe_enabled: ${String(tier !== "none")} }
  router: { dedupe: { enabled: ${String(tier === "queries")} } }
`;
}
