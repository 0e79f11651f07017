/**
 * Hive Gateway by its command, with one of its two engines: its own with `--jit`, or the router runtime. It shares identical
 * reads of subgraphs unless told not to, and identical queries if told to.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Contender, Tier } from "./contender.ts";
import { folderOfPeer, installPackages } from "./install-packages.ts";

const packages = {
  "@graphql-hive/gateway": "2.15.1",
  "@graphql-hive/router-runtime": "1.4.23",
  graphql: "16.15.0",
};
const version = packages["@graphql-hive/gateway"];

type Engine = "jit" | "router-runtime";

function configOf(engine: Engine, tier: Tier): string {
  const settings = [
    ...(engine === "router-runtime" ? ["unifiedGraphHandler"] : []),
    ...(tier === "none" ? [`transportEntries: { "*.http": { options: { deduplicateInflightRequests: false } } }`] : []),
    ...(tier === "queries" ? ["inboundInflightRequestDeduplication: true"] : []),
  ];
  return `import { defineConfig } from "@graphql-hive/gateway";
${engine === "router-runtime" ? `import { unifiedGraphHandler } from "@graphql-hive/router-runtime";\n` : ""}
export const gatewayConfig = defineConfig({ ${settings.join(", ")} });
`;
}

function hiveGateway(engine: Engine, label: string): Contender {
  return {
    name: `hive-${engine}`,
    label,
    tiers: ["none", "reads", "queries"],
    prepare: () => installPackages("hive", packages),
    async command({ supergraph, port, tier }) {
      const cwd = folderOfPeer("hive");
      const config = `${engine}-${tier}.config.mjs`;
      await writeFile(join(cwd, config), configOf(engine, tier));
      const flags = engine === "jit" ? ["--jit"] : [];
      const where = ["--config-path", config, "--host", "127.0.0.1", "--port", String(port)];
      const args = ["node_modules/@graphql-hive/gateway/dist/bin.js", "supergraph", supergraph, ...where, ...flags];
      return { file: process.execPath, args, cwd, path: "/graphql" };
    },
  };
}

export const hiveJit = hiveGateway("jit", `Hive Gateway ${version}, --jit`);
export const hiveRouterRuntime = hiveGateway(
  "router-runtime",
  `Hive Gateway ${version}, router runtime ${packages["@graphql-hive/router-runtime"]}`,
);
